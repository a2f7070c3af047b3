"""Pack things into boxes."""


def pack(weights, limit):
    """Fill boxes in order; a box is closed when the next thing would be too heavy for it."""
    boxes, box = [], []
    for weight in weights:
        if weight > limit:
            raise ValueError(f"{weight} is heavier than a box may be")
        if sum(box) + weight > limit:
            boxes.append(box)
            box = []
        box.append(weight)
    if box:
        boxes.append(box)
    return boxes
