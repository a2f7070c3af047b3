def flatten(config, sep="."):
    flat = {}
    for key, value in config.items():
        if isinstance(value, dict) and value:
            for inner, leaf in flatten(value, sep).items():
                flat[f"{key}{sep}{inner}"] = leaf
        else:
            flat[key] = value
    return flat


def unflatten(flat, sep="."):
    config = {}
    for path, value in flat.items():
        *parents, last = path.split(sep)
        node = config
        for parent in parents:
            node = node.setdefault(parent, {})
        node[last] = value
    return config
