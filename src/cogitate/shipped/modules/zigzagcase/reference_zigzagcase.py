def zigzag(text):
    return "".join(
        letter.upper() if index % 2 else letter.lower() for index, letter in enumerate(text)
    )
