"""Whether a sentence says the target: a comparison for answers in a person's words.

It knows some forms of sentences. What it does not know is judged as wrong, since a wrong answer
that counts as correct does more harm than the opposite.
"""

import re

from cogitate.verify.strict import canonical, is_number, same

_NUMBER = re.compile(r"(?<![\w.])[+-]?\d[\d,]*(?:\.\d+)?(?!\d)")
_ORDINAL = re.compile(r"(st|nd|rd|th)\b")
_LETTER = re.compile(r"(?<!\w)(?<!\w['’])[^\W\d_](?!\w)(?!['’]\w)")
"""By itself, in quotes too; not a part of "it's"."""
_EITHER = frozenset(("yes", "no"))
_BEGINS = re.compile(r"\W*(yes|no)\b(?![-/?]| (?:or|one)\b)")
_STANDS = re.compile(r"(?<!\bor )(?<!\bnot )\b(yes|no)\b(?![-/?])(?=['\"”*]*\s*(?:$|[^\w\s'\"”*]))")
"""Before no other word: "there is no reason" is no answer."""
_WORDS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
    "twelve",
]  # fmt: skip
_VALUES = {word: str(value) for value, word in enumerate(_WORDS)} | {
    "once": "1", "twice": "2", "thrice": "3",
}  # fmt: skip
_WORD = re.compile(
    r"(?:\b(?P<none>no|any|every|which|the|not|than) )?"
    rf"\b(?P<word>(?:{'|'.join(_WORDS)})\b|(?<!\bat )(?:once|twice|thrice)\b(?=\s*(?:$|[^\w\s])))"
)
_PRONOUN = re.compile(r"\b(?:this|that|each|an? \w+) one\b")
_LARGER = re.compile(
    r"teen\b|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|dozen"
)
_SHORT = 5
"""Words of an answer whose number, which the question names too, need not be in digits."""
_COMPARISON = re.compile(
    r"(?:the )?(?:number |version )?(\d\S*) is (\w+) than (?:the )?(?:number |version )?\d\S*"
)
_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


def says(question: str, target: str, answer: str) -> bool:
    """Return whether an answer says the target, in a sentence too.

    - A number: it is the last one in the answer that the question does not name; without digits,
      the last of the words up to twelve, or once, twice or thrice before no other word.
    - A number that the question names itself ("Which is larger, 9.9 or 9.11?"): it is the only one,
      in digits or in a short answer, or the answer begins with it and compares it with the other
      as the question does ("9.9 is larger than 9.11.").
    - Yes or no: it is the answer's first word, or else the first that no other word follows.
    - A letter: it is the last one that stands by itself, the words "a" and "I" aside. If the
      question names it, as an option, it is the only option in the answer; "a" and "i" end it.
    - Words: they occur in the answer, not behind "not", and of weekdays no other; words that the
      question names itself are the answer alone.

    Example: says("How many months have 28 days?", "12", "All 12 have 28 days.") -> True
    """
    if same(target, answer):
        return True
    target, answer, question = canonical(target), canonical(answer), canonical(question)
    if is_number(target):
        return _says_number(question, target, answer)
    if target in _EITHER:
        found = _BEGINS.match(answer) or _STANDS.search(answer)
        return found is not None and found[1] == target
    if len(target) == 1:
        return _says_letter(question, target, answer)
    if _occurs(target, question):
        return same(target, answer.rstrip("."))
    others = [d for d in _DAYS if target in _DAYS and d != target and not _occurs(d, question)]
    return _occurs(target, answer) and not any(_occurs(other, answer) for other in others)


def _says_letter(question: str, target: str, answer: str) -> bool:
    said, named = _LETTER.findall(answer), set(_LETTER.findall(question))
    if target not in named:
        return [one for one in said if one == target or one not in "ai"][-1:] == [target]
    if {one for one in said if one in named} != {target}:
        return False
    return target not in "ai" or re.findall(r"\w+", answer)[-1] == target


def _says_number(question: str, target: str, answer: str) -> bool:
    read = _numbers if _numbers(answer) else _in_words
    said, named = read(answer), read(question)
    if any(same(target, number) for number in named):
        is_short = read is _numbers or len(answer.split()) <= _SHORT
        is_alone = is_short and bool(said) and all(same(target, number) for number in said)
        return is_alone or _compares(question, target, answer)
    others = [n for n in said if not any(same(n, other) for other in named)]
    return bool(others) and same(target, others[-1])


def _compares(question: str, target: str, answer: str) -> bool:
    """Return whether an answer is "TARGET is larger than ...", to the question which one is."""
    found = _COMPARISON.fullmatch(answer.rstrip("."))
    if found is None or not same(target, found[1]):
        return False
    return re.search(rf"\b(?:which|what)\b.*\bis (?:the )?{found[2]}\b", question) is not None


def _in_words(text: str) -> list[str]:
    """Return the numbers up to twelve that a text has as words; none if it has larger ones."""
    if _LARGER.search(text):
        return []
    found = _WORD.finditer(_PRONOUN.sub("", text))
    return [_VALUES[one["word"]] for one in found if one["none"] is None]


def _occurs(target: str, text: str) -> bool:
    """Return whether words occur in a text, and "not" does not stand before them."""
    return bool(re.search(rf"(?<!\bnot )(?<!\w){re.escape(target)}(?!\w)", text))


def _numbers(text: str) -> list[str]:
    """Return the numbers of a text; ordinals such as 47th only where there is no other."""
    every = [
        (found[0].replace(",", ""), _ORDINAL.match(text, found.end()) is not None)
        for found in _NUMBER.finditer(text)
    ]
    plain = [number for number, is_ordinal in every if not is_ordinal]
    return plain or [number for number, _ in every]
