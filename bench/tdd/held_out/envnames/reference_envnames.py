import re


def env_name(key, prefix=None):
    if not re.fullmatch(r"[A-Za-z0-9._-]+", key):
        raise ValueError(f"invalid key: {key!r}")
    parts = [key] if prefix is None else [prefix, key]
    return "_".join(parts).replace(".", "_").replace("-", "_").upper()
