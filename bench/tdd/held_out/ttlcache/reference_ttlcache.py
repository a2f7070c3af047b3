import functools
import time


class TTLCache:
    def __init__(self, ttl, max_size, clock=time.monotonic):
        self.ttl = ttl
        self.max_size = max_size
        self.clock = clock
        self._entries = {}  # key: (value, time of expiry)

    def _drop_expired(self):
        now = self.clock()
        self._entries = {key: entry for key, entry in self._entries.items() if entry[1] > now}

    def set(self, key, value, ttl=None):
        self._drop_expired()
        if key not in self._entries and len(self._entries) >= self.max_size:
            first = min(self._entries, key=lambda k: self._entries[k][1])
            del self._entries[first]
        self._entries[key] = (value, self.clock() + (self.ttl if ttl is None else ttl))

    def get(self, key, default=None):
        self._drop_expired()
        return self._entries.get(key, (default, 0))[0]

    def __len__(self):
        self._drop_expired()
        return len(self._entries)


def cached(cache):
    missing = object()

    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args):
            result = cache.get(args, missing)
            if result is missing:
                result = function(*args)
                cache.set(args, result)
            return result

        return wrapper

    return decorate
