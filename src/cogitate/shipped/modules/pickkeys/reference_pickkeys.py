def pick(mapping, keys):
    return {key: mapping[key] for key in keys if key in mapping}
