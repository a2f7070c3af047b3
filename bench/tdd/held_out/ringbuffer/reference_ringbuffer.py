from collections import deque


class RingBuffer:
    def __init__(self, size):
        if size < 1:
            raise ValueError("size must be positive")
        self._items = deque(maxlen=size)

    def push(self, value):
        dropped = self._items[0] if self.full else None
        self._items.append(value)
        return dropped

    @property
    def full(self):
        return len(self._items) == self._items.maxlen

    def mean(self):
        return sum(self._items) / len(self._items) if self._items else None

    def __len__(self):
        return len(self._items)

    def __iter__(self):
        return iter(self._items)

    def __getitem__(self, index):
        return self._items[index]
