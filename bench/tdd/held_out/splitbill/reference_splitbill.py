def split_bill(cents, people):
    if people < 1:
        raise ValueError("need at least one person")
    share, left = divmod(cents, people)
    return [share + 1] * left + [share] * (people - left)
