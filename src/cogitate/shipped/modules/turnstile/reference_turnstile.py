class Turnstile:
    def __init__(self):
        self.locked = True
        self.coins = 0
        self.passed = 0

    def coin(self):
        self.coins += 1
        self.locked = False

    def push(self):
        if self.locked:
            return False
        self.locked = True
        self.passed += 1
        return True
