def hand_value(cards):
    value = 0
    for card in cards:
        if card == "A":
            value += 11
        elif card in ("J", "Q", "K"):
            value += 10
        else:
            value += int(card)
    for _ in range(cards.count("A")):
        if value > 21:
            value -= 10
    return value


def result(cards):
    value = hand_value(cards)
    if value > 21:
        return "bust"
    if value == 21 and len(cards) == 2:
        return "blackjack"
    return str(value)
