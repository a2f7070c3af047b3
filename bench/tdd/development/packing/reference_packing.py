def pack(messages, limit, max_count=None):
    batches = []
    room = 0
    for i, message in enumerate(messages):
        size = len(message.encode())
        if size > limit:
            raise ValueError(f"message {i} has {size} bytes, the limit is {limit}")
        if not batches or size > room or len(batches[-1]) == max_count:
            batches.append([])
            room = limit
        batches[-1].append(message)
        room -= size
    return batches
