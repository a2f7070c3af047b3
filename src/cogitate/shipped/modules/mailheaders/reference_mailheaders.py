def parse_headers(text):
    headers = {}
    name = None
    for number, line in enumerate(text.splitlines(), start=1):
        if line[:1] in (" ", "\t") and name is not None:
            headers[name] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        if not colon:
            raise ValueError(f"line {number} has no colon")
        name = name.strip().lower()
        headers[name] = value.strip()
    return headers
