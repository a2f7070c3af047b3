def domain(address):
    return address.partition("@")[2].lower()
