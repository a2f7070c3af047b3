class Hotel:
    def __init__(self, rooms):
        self._free = set(rooms)
        self._rooms = {}

    def check_in(self, guest):
        if guest in self._rooms:
            raise ValueError(f"{guest} is here already")
        if not self._free:
            return None
        room = min(self._free)
        self._free.remove(room)
        self._rooms[guest] = room
        return room

    def check_out(self, guest):
        self._free.add(self._rooms.pop(guest))

    def guests(self):
        return {room: guest for guest, room in self._rooms.items()}
