def extension(name):
    return name.rpartition(".")[2].lower() if "." in name else ""
