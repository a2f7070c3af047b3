import re
from typing import NamedTuple

PATTERN = re.compile(
    r"(?P<number>\d[\w.]*)|(?P<name>[A-Za-z_]\w*)|(?P<op>\*\*|[-+*/])|(?P<paren>[()])"
)


class TokenError(ValueError):
    pass


class Token(NamedTuple):
    kind: str
    text: str
    position: int


def tokenize(text):
    tokens = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        match = PATTERN.match(text, position)
        if not match:
            raise TokenError(f"unexpected {text[position]!r} at {position}")
        token = Token(match.lastgroup, match[0], position)
        if token.kind == "number" and not re.fullmatch(r"\d+(\.\d+)?", token.text):
            raise TokenError(f"bad number {token.text!r} at {position}")
        tokens.append(token)
        position = match.end()
    return tokens
