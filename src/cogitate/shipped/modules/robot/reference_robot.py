DIRECTIONS = "NESW"
STEPS = {"N": (0, 1), "E": (1, 0), "S": (0, -1), "W": (-1, 0)}


class Robot:
    def __init__(self, width, height):
        self.width = width
        self.height = height
        self.facing = "N"
        self.bumps = 0
        self._x = self._y = 0

    def position(self):
        return (self._x, self._y)

    def run(self, commands):
        for command in commands:
            if command == "F":
                self._forward()
            elif command in ("L", "R"):
                turn = 1 if command == "R" else -1
                self.facing = DIRECTIONS[(DIRECTIONS.index(self.facing) + turn) % 4]
            else:
                raise ValueError(f"unknown command: {command}")

    def _forward(self):
        x, y = self._x + STEPS[self.facing][0], self._y + STEPS[self.facing][1]
        if 0 <= x < self.width and 0 <= y < self.height:
            self._x, self._y = x, y
        else:
            self.bumps += 1
