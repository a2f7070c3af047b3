def env_name(key, prefix=None):
    parts = [key] if prefix is None else [prefix, key]
    return "_".join(parts).replace(".", "_").replace("-", "_").upper()
