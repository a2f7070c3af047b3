class Blocked(Exception):
    pass


class Lockbox:
    TRIES = 3

    def __init__(self, code):
        self._code = code
        self.is_open = False
        self.tries_left = self.TRIES

    def enter(self, code):
        if self.tries_left == 0:
            raise Blocked("too many wrong codes")
        if code != self._code:
            self.tries_left -= 1
            return False
        self.tries_left = self.TRIES
        self.is_open = True
        return True

    def close(self):
        self.is_open = False

    def reset(self):
        self.tries_left = self.TRIES
