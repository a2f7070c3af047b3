import time
from collections import defaultdict, deque


class Throttle:
    def __init__(self, limit, window, clock=time.monotonic):
        self.limit = limit
        self.window = window
        self.clock = clock
        self._calls = defaultdict(deque)

    def _recent(self, client):
        calls = self._calls[client]
        while calls and self.clock() - calls[0] >= self.window:
            calls.popleft()
        return calls

    def allow(self, client):
        calls = self._recent(client)
        if len(calls) >= self.limit:
            return False
        calls.append(self.clock())
        return True

    def remaining(self, client):
        return self.limit - len(self._recent(client))

    def retry_after(self, client):
        calls = self._recent(client)
        if len(calls) < self.limit:
            return 0
        return calls[0] + self.window - self.clock()
