def common(first, second):
    return [item for item in first if item in second]
