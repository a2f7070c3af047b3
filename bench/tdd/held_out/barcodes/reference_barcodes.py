def add_check_digit(body):
    if len(body) != 12 or not body.isdigit():
        raise ValueError("expected twelve digits")
    total = sum(int(digit) * (3 if i % 2 else 1) for i, digit in enumerate(body))
    return body + str(-total % 10)


def is_valid(code):
    code = code.replace("-", "")
    return len(code) == 13 and code.isdigit() and add_check_digit(code[:12]) == code


def price_of(code):
    return int(code[7:12]) if code.startswith("2") else None
