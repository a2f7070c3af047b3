TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off"}


def parse_flag(value, default=False):
    if isinstance(value, bool):
        return value
    word = (value or "").strip().lower()
    if not word:
        return default
    if word in TRUE:
        return True
    if word in FALSE:
        return False
    raise ValueError(f"not a flag: {value!r}")
