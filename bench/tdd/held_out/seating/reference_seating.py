from string import ascii_uppercase


class Hall:
    def __init__(self, rows, seats):
        self.rows = [
            [f"{letter}{number}" for number in range(1, seats + 1)]
            for letter in ascii_uppercase[:rows]
        ]
        self.taken = set()

    def free(self):
        return [seat for row in self.rows for seat in row if seat not in self.taken]

    def book(self, seat):
        if not any(seat in row for row in self.rows):
            raise KeyError(seat)
        if seat in self.taken:
            raise ValueError(f"{seat} is taken")
        self.taken.add(seat)

    def cancel(self, seat):
        self.taken.discard(seat)

    def together(self, count):
        for row in reversed(self.rows):
            for start in range(len(row) - count + 1):
                block = row[start : start + count]
                if not self.taken.intersection(block):
                    return block
        return None
