def check(data, fields, prefix=""):
    errors = []
    for name, rule in fields.items():
        if name in data:
            errors += check_value(data[name], rule, prefix + name)
        elif rule.get("required"):
            errors.append(f"{prefix}{name}: required")
    errors += [f"{prefix}{name}: unknown field" for name in data if name not in fields]
    return errors


def check_value(value, rule, path):
    got = type(value).__name__
    if got != rule["type"]:
        return [f"{path}: expected {rule['type']}, got {got}"]
    if got == "dict":
        return check(value, rule["fields"], prefix=f"{path}.")
    if got == "list":
        return [
            error
            for i, item in enumerate(value)
            for error in check_value(item, rule["items"], f"{path}[{i}]")
        ]
    return [f"{path}: {problem}" for problem in problems(value, rule)]


def problems(value, rule):
    if "min" in rule and value < rule["min"]:
        yield f"must be at least {rule['min']}"
    if "max_length" in rule and len(value) > rule["max_length"]:
        yield f"longer than {rule['max_length']} characters"
    if "choices" in rule and value not in rule["choices"]:
        yield f"must be one of {', '.join(rule['choices'])}"
