def merge(booked):
    merged = []
    for start, end in sorted(booked):
        if end <= start:
            raise ValueError(f"booking {start}-{end} must end after it starts")
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def is_free(booked, start, end):
    return all(b_end <= start or end <= b_start for b_start, b_end in booked)


def free_slots(booked, opens, closes):
    slots = []
    now = opens
    for start, end in merge(booked):
        if start > now:
            slots.append((now, start))
        now = end
    if now < closes:
        slots.append((now, closes))
    return slots
