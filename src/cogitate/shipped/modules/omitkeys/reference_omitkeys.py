def omit(mapping, keys):
    return {key: value for key, value in mapping.items() if key not in keys}
