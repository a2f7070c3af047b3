"""What a sentence says: known forms are read, and what is unknown is no correct answer."""

import pytest

from cogitate.verify.sentences import says

ELEPHANT = "What is the fifth letter of elephant?"
NINES = "Which is larger, 9.9 or 9.11?"
VERSIONS = "A program has the versions 4.10 and 4.9. Which of the two is the newer one?"
PRIME = "Is 91 a prime number?"
GOAT = "His boat holds him and one animal. How many times does he have to cross?"
BOAT = "Two people come to a river. There is one boat. How many crossings does it make?"
APPLES = "I have three apples today. Yesterday I ate one. How many do I have now?"
SISTERS = "Sally has three brothers. How many sisters does Sally have?"


@pytest.mark.parametrize(
    ("question", "target", "right"),
    [
        (ELEPHANT, "h", "The fifth letter of 'elephant' is 'h'."),
        (ELEPHANT, "h", "It's ‘h’."),
        (ELEPHANT, "h", "h is letter 5."),
        ("Which comes first, 'a' or 'b'?", "b", "It is 'b'"),
        (PRIME, "no", "The answer is no."),
        (PRIME, "no", "91 = 7 * 13, so **no**"),
        (PRIME, "no", "No it is not."),
        (PRIME, "no", "Is it prime, yes or no? No."),
        (PRIME, "no", "Yes? No."),
        (PRIME, "no", "I would say “no”: it is 7 * 13."),
        ("Is redivider a palindrome?", "yes", "I think it is a palindrome: yes"),
        ("Is redivider a palindrome?", "yes", "There is no doubt about it: yes!"),
        (NINES, "9.9", "9.9 is larger than 9.11."),
        (VERSIONS, "4.10", "Version 4.10 is newer than 4.9."),
        ("Which is smaller, 0.06 or 0.5?", "0.06", "The number 0.06 is smaller than 0.5"),
        (GOAT, "1", "He has to cross once."),
        (GOAT, "1", "Just once, with the goat"),
        (BOAT, "2", "Twice"),
        (BOAT, "2", "The boat makes two crossings."),
        (APPLES, "3", "You still have three apples."),
        (SISTERS, "2", "I know that two are there."),
    ],
)
def test_what_is_said_is_read(question: str, target: str, right: str) -> None:
    assert says(question, target, right)


@pytest.mark.parametrize(
    ("question", "target", "wrong"),
    [
        (ELEPHANT, "h", "It's 'p'."),
        (ELEPHANT, "s", "It's h"),
        (ELEPHANT, "t", "It isn't clear"),
        (PRIME, "no", "There are no divisors, so yes."),
        (PRIME, "no", "There is no reason to doubt it."),
        (PRIME, "no", "No-one knows."),
        (PRIME, "no", "No one knows."),
        (PRIME, "yes", "It is not yes."),
        (PRIME, "yes", "Yes or no? No."),
        (PRIME, "yes", "To say 'yes' is wrong."),
        (PRIME, "no", "Say yes or no: yes."),
        (NINES, "9.9", "9.11 is larger than 9.9."),
        (NINES, "9.9", "9.9 is smaller than 9.11."),
        (NINES, "9.9", "It is wrong that 9.9 is larger than 9.11."),
        ("Which is not larger, 9.9 or 9.11?", "9.11", "9.11 is larger than 9.9."),
        (GOAT, "1", "He crosses three times; once he is over, he returns."),
        (GOAT, "1", "He has to cross more than once."),
        (GOAT, "1", "He can go at once."),
        (GOAT, "1", "That is a tricky one."),
        (GOAT, "2", "Twice as many times."),
        (BOAT, "2", "These two people can never cross, I would say."),
        (SISTERS, "2", "More than two."),
        (SISTERS, "2", "It is not two."),
    ],
)
def test_what_is_not_said_is_not_read(question: str, target: str, wrong: str) -> None:
    assert not says(question, target, wrong)


def test_what_only_follows_is_not_judged_as_correct() -> None:
    assert not says(PRIME, "no", "91 is not a prime number.")
    assert not says(NINES, "9.9", "9.9 is bigger than 9.11.")
