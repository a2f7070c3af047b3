SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
    "fifteen sixteen seventeen eighteen nineteen"
)
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"


def in_words(number):
    if not 0 <= number <= 99:
        raise ValueError(f"out of range: {number}")
    if number < 20:
        return SMALL.split()[number]
    tens, ones = divmod(number, 10)
    word = TENS.split()[tens - 2]
    return f"{word}-{SMALL.split()[ones]}" if ones else word
