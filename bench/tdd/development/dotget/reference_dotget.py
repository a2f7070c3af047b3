import re

MISSING = object()


def steps(path):
    for index, key in re.findall(r"\[(\*|-?\d+)\]|([^.\[\]]+)", path):
        yield key or (index if index == "*" else int(index))


def walk(data, parts):
    for i, part in enumerate(parts):
        if part == "*":
            return [walk(item, parts[i + 1 :]) for item in data]
        data = data[part]
    return data


def get(data, path, default=MISSING):
    try:
        return walk(data, list(steps(path)))
    except (LookupError, TypeError):
        if default is MISSING:
            raise LookupError(path) from None
        return default


def put(data, path, value):
    *parents, last = steps(path)
    for part in parents:
        data = data.setdefault(part, {}) if isinstance(data, dict) else data[part]
    data[last] = value
