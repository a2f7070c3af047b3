def pluralize(noun):
    if noun.endswith(("s", "x", "ch", "sh")):
        return noun + "es"
    if noun.endswith("y") and noun[-2:-1] not in "aeiou":
        return noun[:-1] + "ies"
    return noun + "s"


def counted(n, noun, plural=None):
    if n != 1:
        noun = plural or pluralize(noun)
    return f"{n} {noun}"
