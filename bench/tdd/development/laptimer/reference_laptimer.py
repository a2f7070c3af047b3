import time


class LapTimer:
    def __init__(self, clock=time.perf_counter):
        self._clock = clock
        self._since = None
        self._before = 0
        self.laps = []

    def start(self):
        if self._since is not None:
            raise RuntimeError("already running")
        self._since = self._clock()

    def stop(self):
        self._check_running()
        self._before = self.elapsed()
        self._since = None

    def lap(self):
        self._check_running()
        self.laps.append(self.elapsed() - sum(self.laps))
        return self.laps[-1]

    def best(self):
        return min(self.laps)

    def elapsed(self):
        if self._since is None:
            return self._before
        return self._before + self._clock() - self._since

    def _check_running(self):
        if self._since is None:
            raise RuntimeError("not running")

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc_info):
        self.stop()
