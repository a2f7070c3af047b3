COLUMNS = "abcdefgh"
ROWS = "12345678"


def knight_moves(square):
    if len(square) != 2 or square[0] not in COLUMNS or square[1] not in ROWS:
        raise ValueError(f"no square: {square!r}")
    x, y = COLUMNS.index(square[0]), ROWS.index(square[1])
    moves = []
    for right in (-2, -1, 1, 2):
        for up in (abs(right) - 3, 3 - abs(right)):
            if 0 <= x + right < 8 and 0 <= y + up < 8:
                moves.append(COLUMNS[x + right] + ROWS[y + up])
    return sorted(moves)
