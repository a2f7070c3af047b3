import itertools
import time


class JobQueue:
    def __init__(self, clock=time.monotonic):
        self._clock = clock
        self._waiting = []  # (-priority, number, due, job, retries)
        self._numbers = itertools.count()
        self.failed = []

    def __len__(self):
        return len(self._waiting)

    def put(self, job, priority=0, delay=0, retries=0):
        due = self._clock() + delay
        self._waiting.append((-priority, next(self._numbers), due, job, retries))

    def run_next(self):
        ready = [entry for entry in self._waiting if entry[2] <= self._clock()]
        if not ready:
            return False
        entry = min(ready)
        self._waiting.remove(entry)
        _, _, _, job, retries = entry
        self._run(job, retries)
        return True

    def _run(self, job, retries):
        for left in range(retries, -1, -1):
            try:
                job()
            except Exception as error:  # noqa: BLE001
                if not left:
                    self.failed.append(error)
            else:
                return

    def run_all(self):
        count = 0
        while self.run_next():
            count += 1
        return count
