LINES = [(0, 1, 2), (3, 4, 5), (6, 7, 8), (0, 3, 6), (1, 4, 7), (2, 5, 8), (0, 4, 8), (2, 4, 6)]


class Board:
    def __init__(self):
        self.turn = "X"
        self._cells = [None] * 9

    def play(self, cell):
        if self._cells[cell]:
            raise ValueError(f"cell {cell} is taken")
        self._cells[cell] = self.turn
        self.turn = "O" if self.turn == "X" else "X"

    def winner(self):
        for a, b, c in LINES:
            if self._cells[a] and self._cells[a] == self._cells[b] == self._cells[c]:
                return self._cells[a]
        return None
