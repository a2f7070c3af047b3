from pathlib import PurePath


def free_name(name, taken):
    path = PurePath(name)
    candidate, n = name, 0
    while candidate in taken:
        n += 1
        candidate = f"{path.stem} ({n}){path.suffix}"
    return candidate
