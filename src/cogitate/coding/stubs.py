"""A module without bodies, from what its tests ask for.

Asked(name="get", calls=get(tree, text), get(tree, text, default=_))
    ->  def get(tree, text, default=None):
            ...
"""

from collections.abc import Iterator, Sequence
from textwrap import indent

from cogitate.coding.asked import Asked, Form, Member

_BODY = "    ..."


def stub(asked: Sequence[Asked]) -> str:
    """Return the source of definitions whose bodies are `...`."""
    return "\n\n".join(map(_definition, asked))


def _definition(asked: Asked) -> str:
    match asked.kind:
        case "function":
            return f"def {asked.name}({', '.join(_parameters(asked.calls))}):\n{_BODY}"
        case "class":
            return f"class {asked.name}:\n{indent(_class_body(asked), '    ')}"
        case "exception":
            return f"class {asked.name}(Exception):\n{_BODY}"
        case _:
            return f"{asked.name} = ..."


def _class_body(asked: Asked) -> str:
    init = list(_parameters(asked.calls))
    parts = [f"def __init__({', '.join(['self', *init])}):\n{_BODY}"] if init else []
    parts += map(_member, asked.members)
    has_body = any(not part.startswith("#") for part in parts)
    return "\n".join(parts if has_body else [*parts, "..."])


def _member(member: Member) -> str:
    if not member.calls:
        return f"# attribute: {member.name}"
    return f"def {member.name}({', '.join(['self', *_parameters(member.calls)])}):\n{_BODY}"


def _parameters(calls: Sequence[Form]) -> Iterator[str]:
    """Yield the parameters that all forms of a call fit; those that some lack have a default.

    Where one form gives by keyword what another gives by position, it is one parameter.

    Example: pack(items, 5), pack(items, limit=5) -> "items", "limit"
    """
    if not calls:
        return
    longest = max((form.positional for form in calls), key=len)
    least = min(len(form.positional) for form in calls)
    words = list(dict.fromkeys(word for form in calls for word in form.keywords))
    full = [form for form in calls if len(form.positional) == len(longest)]
    given = [word for word in words if not any(word in form.keywords for form in full)]
    names = [*longest[:least], *given[: len(longest) - least]]
    names += [name for name in longest[len(names) :] if name not in words]
    has_default = has_star = False
    for name in [*names, *(word for word in words if word not in names)]:
        place = names.index(name) if name in names else len(longest)
        needed = all(name in form.keywords or place < len(form.positional) for form in calls)
        if needed and has_default and not has_star:
            has_star = True
            yield "*"
        has_default |= not needed
        yield name if needed else f"{name}=None"
