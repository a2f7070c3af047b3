import re

PLACEHOLDER = re.compile(r'\{\{\s*([\w.]+)((?:\s*\|\s*\w+(?::"[^"]*")?)*)\s*\}\}')
FILTER = re.compile(r'(\w+)(?::"([^"]*)")?')
MISSING = object()


class TemplateError(Exception):
    pass


def lookup(name, data):
    for part in name.split("."):
        if not isinstance(data, dict) or part not in data:
            return MISSING
        data = data[part]
    return data


def render(template, data):
    def fill(match):
        name, filters = match.groups()
        value = lookup(name, data)
        for kind, argument in FILTER.findall(filters):
            if kind == "default":
                value = argument if value is MISSING or value == "" else value
            elif value is MISSING:
                break
            elif kind in ("upper", "title"):
                value = getattr(str(value), kind)()
            elif kind == "join":
                value = ", ".join(map(str, value))
            else:
                raise TemplateError(f"unknown filter: {kind}")
        if value is MISSING:
            raise TemplateError(f"unknown name: {name}")
        return str(value)

    return PLACEHOLDER.sub(fill, template)
