def add_parity(bits):
    if set(bits) - {"0", "1"}:
        raise ValueError(f"no bits: {bits!r}")
    return bits + str(bits.count("1") % 2)


def check(sent):
    return sent.count("1") % 2 == 0


def data(sent):
    if not check(sent):
        raise ValueError("damaged")
    return sent[:-1]
