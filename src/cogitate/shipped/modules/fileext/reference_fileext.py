def extension(name):
    before, dot, after = name.rpartition(".")
    return after.lower() if dot else ""
