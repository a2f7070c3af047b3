def mask_card(number: str) -> str:
    digits = number.replace(" ", "").replace("-", "")
    if len(digits) != 16 or not digits.isdigit():
        raise ValueError("a card number has 16 digits")
    return "**** **** **** " + digits[-4:]
