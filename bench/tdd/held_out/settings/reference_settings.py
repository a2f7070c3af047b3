import copy


def merge_settings(*layers):
    merged = {}
    for layer in layers:
        _merge_into(merged, layer)
    return merged


def _merge_into(target, layer):
    for key, value in layer.items():
        if value is None:
            target.pop(key, None)
        elif isinstance(target.get(key), dict):
            if not isinstance(value, dict):
                raise TypeError(f"{key} is a section and cannot be replaced by a value")
            _merge_into(target[key], value)
        else:
            target[key] = copy.deepcopy(value)
