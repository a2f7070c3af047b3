"""Letter counting: How many r's are in strawberry?

    strawberry, r -> thought " _strawberry STRAWBERRY s t r1 a w b e r2 r3 y", answer "3"

Levels are lengths: 1 has words of 3 to 5 letters, 2 of 6 to 8, 3 of 9 to 11, 4 of 12 and more;
5 has phrases of two words, 6 of three. One question in five asks for a letter that does not
occur. The split of a question is that of its words (see `words`). The test split also has its own
phrasings, and the ood split asks about made-up words.
"""

from random import Random
from string import ascii_lowercase

from cogitate.tasks.families import words
from cogitate.tasks.families.spelling import rewritten
from cogitate.tasks.splits import begin
from cogitate.types import Task, Verdict
from cogitate.verify.strict import strict

TRAIN_PHRASINGS = (
    "How many times does the letter {letter} appear in {text}?",
    "How many {letters} are in the {kind} {text}?",
    "Count the letter {letter} in {text}.",
    "How often does {letter} occur in {text}?",
    "In the {kind} {text}, how many times do you see the letter {letter}?",
    "What is the count of {letters} in {text}?",
    "Tell me how many {letters} the {kind} {text} has.",
    "How many letters {letter} does {text} contain?",
    "{text}: how many of its letters are {letter}?",
    "How many {letters} does {text} have?",
    "Look at {text}. How many of the letters are {letter}?",
    "I typed {text}. How many {letters} did I type?",
    "Read {text} aloud, letter by letter: how many {letters} do you read?",
    "Take the {kind} {text}. How many {letters} do you get in it?",
    "My friend asks how many {letters} {text} has.",
    "When {text} is printed, how many {letters} get printed?",
    "How frequently is the letter {letter} seen in {text}?",
    "Give me the total of {letters} that {text} contains.",
    "Please count the {letters} in the {kind} {text}.",
    "Does {text} have any {letters}, and how many?",
    "To print the {kind} {text}, how many letters {letter} do I need?",
    "Someone carved {text} in stone. How many {letters} were carved?",
    "If a sign says {text}, how many {letters} does the sign have?",
    "You hear the {kind} {text}. How many {letters} belong to it?",
    "Think about {text}, then tell me how many {letters} it has.",
    "Before you go on to read {text}, count its {letters}.",
    "If I ask you about {text}, how many {letters} do you see?",
)
TEST_PHRASINGS = (
    "How many {letters} in {text}?",
    "Count how many times the letter {letter} shows up in the {kind} {text}.",
    "How many times is {letter} used when you spell {text}?",
    "Find the number of times that the letter {letter} can be found in {text}.",
    "If you write down {text}, how many {letters} do you write?",
    "How many {letters} are there in {text}?",
)

_WORDS_BY_LEVEL = {5: 2, 6: 3}
"""Level of phrases -> number of words; each word is of level 1 to 3."""
_LEVEL_WEIGHTS = {
    "train": (0.20, 0.35, 0.26, 0.12, 0.05, 0.02),
    "test": (0.22, 0.36, 0.28, 0.14, 0.0, 0.0),
    "ood": (0.22, 0.36, 0.28, 0.14, 0.0, 0.0),
}
_FREQUENT_FIRST = "etaoinsrhldcumfpgwybvkxjqz"
CASE_NOTES = {"train": " Count capitals too.", "test": " Ignore case.", "ood": " Ignore case."}


class LetterCounting:
    """The family: see the module."""

    name = "letter_counting"
    num_levels = 6

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return question `seed` of a split; without a level, from a mixture of lengths."""
        key, rng = begin(self.name, split, seed, level, self.num_levels)
        if level is None:
            level = rng.choices(range(1, 7), _LEVEL_WEIGHTS[split])[0]
        text = _draw_text(rng, split, level)
        letter = _draw_absent(rng, text) if seed % 5 == 2 else _draw_present(rng, text)
        return Task(
            key=key,
            family=self.name,
            level=level,
            question=_ask(rng, split, text, letter),
            target=str(text.count(letter)),
            metadata={"cluster": text, "text": text, "letter": letter},
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return reward 1 for the number in digits, else 0."""
        return strict(task.target, answer)

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Write each word in two more ways, spell it, and number each occurrence of the letter.

        Example: (" _banana BANANA b a1 n a2 n a3", "3")
        """
        text, letter = task.metadata["text"], task.metadata["letter"]
        return count_thought(text, letter, straight=False), task.target

    def demonstrate_straight(self, task: Task) -> tuple[str, str]:
        """Spell at once: shorter, and less often correct."""
        text, letter = task.metadata["text"], task.metadata["letter"]
        return count_thought(text, letter, straight=True), task.target


def count_thought(text: str, letter: str, *, straight: bool) -> str:
    """Spell a word or phrase, with a running number after each letter that is counted.

    Example: count_thought("red car", "r", straight=True) -> " r1 e d , c a r2"; else
    " _red RED r1 e d , _car CAR c a r2"
    """
    counted, found = letter.lower(), 0
    words_spelled: list[str] = []
    for word in text.lower().split(" "):
        spelled = "" if straight else rewritten(word)
        for character in word:
            found += character == counted
            spelled += f" {character}{found}" if character == counted else f" {character}"
        words_spelled.append(spelled)
    return " ,".join(words_spelled)


def _draw_text(rng: Random, split: str, level: int) -> str:
    if level not in _WORDS_BY_LEVEL:
        return words.draw_word(rng, split, level)
    levels = [rng.randint(1, 3) for _ in range(_WORDS_BY_LEVEL[level])]
    while True:
        text = " ".join(words.draw_word(rng, split, level) for level in levels)
        # Two adjacent train words may form a test word with a space in it.
        if split != "train" or not words.is_held_out(text):
            return text


def _draw_present(rng: Random, text: str) -> str:
    """Prefer letters that occur more than once, which are harder to count."""
    letters = text.replace(" ", "")
    repeated = [letter for letter in letters if letters.count(letter) > 1]
    return rng.choice(repeated if repeated and rng.random() < 0.6 else letters)


def _draw_absent(rng: Random, text: str) -> str:
    """Prefer frequent letters, so that rare letters do not hint at absence."""
    absent = [letter for letter in ascii_lowercase if letter not in text]
    weights = [1 / (4 + _FREQUENT_FIRST.index(letter)) for letter in absent]
    return rng.choices(absent, weights)[0]


def _ask(rng: Random, split: str, text: str, letter: str) -> str:
    phrasings = TRAIN_PHRASINGS if split == "train" else TEST_PHRASINGS
    phrasing = rng.choice(phrasings)
    cased = rng.choices((text, text.capitalize(), text.upper()), (0.75, 0.19, 0.06))[0]
    asked = letter.upper() if cased.isupper() else letter
    # The note stands where case hides a letter, and at random elsewhere, so that it is no hint.
    hides = cased.count(asked) < text.count(letter)
    note = cased != text and (hides or rng.random() < 0.3)
    question = phrasing.format(
        kind="phrase" if " " in text else "word",
        letter=rng.choice((asked, f'"{asked}"')),
        letters=rng.choice((f"{asked}'s", f"{asked.upper()}s", f'"{asked}"s')),
        text=f'"{cased}"' if " " in text or rng.random() < 0.4 else cased,
    )
    return question + CASE_NOTES[split] * note
