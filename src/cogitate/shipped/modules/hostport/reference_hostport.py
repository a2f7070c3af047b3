def parse_address(text, default_port=80):
    host, colon, port = text.partition(":")
    if not host:
        raise ValueError(f"no host in {text!r}")
    if not colon:
        return host, default_port
    number = int(port)
    if not 1 <= number <= 65535:
        raise ValueError(f"invalid port: {number}")
    return host, number
