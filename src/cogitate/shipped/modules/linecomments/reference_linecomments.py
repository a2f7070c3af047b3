def strip_comment(line):
    quoted = False
    for index, character in enumerate(line):
        if character == '"':
            quoted = not quoted
        elif character == "#" and not quoted:
            return line[:index].rstrip()
    return line.rstrip()


def code_lines(text):
    stripped = [strip_comment(line) for line in text.splitlines()]
    return [line for line in stripped if line]
