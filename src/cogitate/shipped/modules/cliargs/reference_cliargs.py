def parse(arguments, flags):
    options, files = {}, []
    rest = list(arguments)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return options, files + rest
        if not word.startswith("--"):
            files.append(word)
            continue
        name, equals, value = word[2:].partition("=")
        if name in flags:
            if equals:
                raise ValueError(f"--{name} takes no value")
            value = True
        elif not equals:
            if not rest:
                raise ValueError(f"--{name} needs a value")
            value = rest.pop(0)
        options[name] = value
    return options, files
