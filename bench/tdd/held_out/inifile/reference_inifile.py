class ParseError(Exception):
    pass


def parse(text):
    sections = {}
    current = None
    for number, line in enumerate(text.splitlines(), start=1):
        line = line.strip()
        if not line or line[0] in "#;":
            continue
        if line.startswith("["):
            if not line.endswith("]"):
                raise ParseError(f"line {number}: unclosed section")
            current = sections.setdefault(line[1:-1].strip(), {})
            continue
        key, equals, value = line.partition("=")
        if not equals:
            raise ParseError(f"line {number}: expected key = value")
        if current is None:
            raise ParseError(f"line {number}: key outside of a section")
        key, value = key.strip().lower(), value.strip()
        if key in current:
            raise ParseError(f"line {number}: duplicate key {key}")
        if len(value) >= 2 and value[0] == value[-1] == '"':
            value = value[1:-1]
        current[key] = value
    return sections
