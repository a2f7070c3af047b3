import copy


def diff(old, new, path=""):
    ops = []
    for key in sorted(old.keys() | new.keys()):
        here = f"{path}/{key.replace('/', '~1')}"
        if key not in new:
            ops.append(("remove", here))
        elif key not in old:
            ops.append(("add", here, new[key]))
        elif isinstance(old[key], dict) and isinstance(new[key], dict):
            ops += diff(old[key], new[key], here)
        elif old[key] != new[key]:
            ops.append(("replace", here, new[key]))
    return ops


def apply(document, ops):
    document = copy.deepcopy(document)
    for kind, path, *value in ops:
        if kind not in ("add", "remove", "replace"):
            raise ValueError(f"unknown operation: {kind}")
        *parents, last = [part.replace("~1", "/") for part in path.split("/")[1:]]
        node = document
        for part in parents:
            node = node[part]
        if kind != "add" and last not in node:
            raise KeyError(path)
        if kind == "remove":
            del node[last]
        else:
            node[last] = copy.deepcopy(value[0])
    return document
