def value(card):
    if card == "A":
        return 11
    if card in ("J", "Q", "K"):
        return 10
    return int(card)
