"""Rooms of a hotel."""


def overlaps(one, other):
    """Return whether two stays (arrival, departure) need the room in the same night."""
    return one[0] < other[1] and other[0] < one[1]


def free_rooms(rooms, bookings, stay):
    """Return the rooms without a booking in any night of a stay."""
    return [
        room
        for room in rooms
        if not any(overlaps(stay, taken) for name, taken in bookings if name == room)
    ]


def nights(stay):
    return (stay[1] - stay[0]).days
