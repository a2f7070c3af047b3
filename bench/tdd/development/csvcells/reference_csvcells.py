def quote(text, sep=","):
    if any(c in text for c in (sep, '"', "\n")):
        return '"' + text.replace('"', '""') + '"'
    return text


def cell(value):
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def format_row(values, sep=","):
    return sep.join(quote(cell(value), sep) for value in values)
