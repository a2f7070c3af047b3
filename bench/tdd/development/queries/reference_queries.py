from urllib.parse import urlencode


def build_query(params):
    pairs = []
    for key in sorted(params):
        value = params[key]
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, bool):
                item = str(item).lower()
            if item is not None:
                pairs.append((key, item))
    return "?" + urlencode(pairs) if pairs else ""
