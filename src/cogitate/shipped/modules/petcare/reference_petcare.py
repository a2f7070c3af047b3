def limited(value):
    return max(0, min(value, 10))


class Pet:
    def __init__(self, name):
        self.name = name
        self.hunger = 5
        self.mood = 5

    def feed(self, amount):
        self.hunger = limited(self.hunger - amount)

    def play(self):
        self.mood = limited(self.mood + 1)
        self.hunger = limited(self.hunger + 1)

    def wait(self, hours):
        for _ in range(hours):
            self.hunger = limited(self.hunger + 1)
            if self.hunger > 7:
                self.mood = limited(self.mood - 2)

    def describe(self):
        return f"{self.name} is {'hungry' if self.hunger > 7 else 'fine'}"
