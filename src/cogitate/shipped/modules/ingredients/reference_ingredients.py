UNITS = ("g", "kg", "ml", "l", "tsp", "tbsp")


def parse_line(line):
    amount, *words = line.split()
    unit = words.pop(0) if words and words[0] in UNITS else None
    return float(amount), unit, " ".join(words)


def format_line(amount, unit, name):
    parts = [f"{amount:g}", unit, name]
    return " ".join(part for part in parts if part)


def scale(lines, factor):
    scaled = []
    for line in lines:
        amount, unit, name = parse_line(line)
        scaled.append(format_line(amount * factor, unit, name))
    return scaled
