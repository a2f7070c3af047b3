import re


class Unsatisfiable(Exception):
    pass


def parse_range(header, size):
    if not header or not header.startswith("bytes="):
        return None
    ranges = []
    for part in header.removeprefix("bytes=").split(","):
        match = re.fullmatch(r"(\d*)-(\d*)", part.strip())
        if not match or not any(match.groups()):
            return None
        first, last = match.groups()
        if first and last and int(last) < int(first):
            return None
        if first:
            start, stop = int(first), min(int(last) + 1, size) if last else size
        else:
            start, stop = max(0, size - int(last)), size
        if start < stop:
            ranges.append((start, stop))
    if not ranges:
        raise Unsatisfiable(header)
    return join(sorted(ranges))


def join(ranges):
    joined = [ranges[0]]
    for start, stop in ranges[1:]:
        if start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined


def content_range(span, size):
    start, stop = span
    return f"bytes {start}-{stop - 1}/{size}"
