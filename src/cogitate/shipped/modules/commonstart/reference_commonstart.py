def common_start(first, second):
    start = ""
    for a, b in zip(first, second):
        if a != b:
            break
        start += a
    return start
