def mask_card(number: str, char: str = "*") -> str:
    digits = number.replace(" ", "").replace("-", "")
    if len(digits) != 16 or not digits.isdigit():
        raise ValueError("a card number has 16 digits")
    return " ".join([char * 4] * 3 + [digits[-4:]])
