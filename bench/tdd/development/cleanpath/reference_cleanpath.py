def normalize(path):
    path = path.replace("\\", "/")
    root = "/" if path.startswith("/") else ""
    parts = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part != "..":
            parts.append(part)
        elif parts and parts[-1] != "..":
            parts.pop()
        elif not root:
            parts.append("..")
    return root + "/".join(parts) or "."


def join(folder, name):
    name = normalize(name)
    if name == ".." or name.startswith(("/", "../")):
        raise PermissionError(f"{name} is outside of {folder}")
    return normalize(f"{folder}/{name}")
