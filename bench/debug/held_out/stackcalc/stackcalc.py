"""A calculator in postfix notation."""

import operator

OPERATORS = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def evaluate(text):
    """Return the value of an expression such as "3 4 + 2 *"."""
    stack = []
    for token in text.split():
        if token in OPERATORS:
            right = stack.pop()
            left = stack.pop()
            stack.append(OPERATORS[token](left, right))
        else:
            stack.append(float(token))
    if len(stack) != 1:
        raise ValueError(f"{text!r} leaves {len(stack)} values")
    return stack[0]
