from collections import Counter


def buckets(numbers, width):
    counts = Counter(number // width * width for number in numbers)
    return dict(sorted(counts.items()))


def bars(counts):
    return [f"{start}: {'*' * count}" for start, count in counts.items()]
