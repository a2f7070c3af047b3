import pytest
from completer import Completer


@pytest.fixture
def completer():
    c = Completer()
    for word, weight in [("car", 5), ("card", 9), ("care", 5), ("cat", 7), ("Dog", 1)]:
        c.add(word, weight)
    return c


def test_heaviest_first_then_alphabetical(completer):
    assert completer.complete("car") == ["card", "car", "care"]


def test_limit(completer):
    assert completer.complete("c", limit=2) == ["card", "cat"]


def test_no_match(completer):
    assert completer.complete("x") == []


def test_empty_prefix_matches_everything(completer):
    assert completer.complete("") == ["card", "cat", "car", "care", "Dog"]


def test_matching_ignores_case_but_words_keep_theirs(completer):
    assert completer.complete("dO") == ["Dog"]
    assert completer.complete("CARD") == ["card"]


def test_adding_again_adds_the_weights(completer):
    completer.add("care", 10)
    assert completer.complete("car") == ["care", "card", "car"]


def test_weight_defaults_to_one(completer):
    completer.add("cab")
    completer.add("CAB")
    assert completer.complete("ca")[-1] == "cab"
    assert len(completer) == 6


def test_remove(completer):
    assert completer.remove("CARD") is True
    assert completer.remove("card") is False
    assert completer.complete("car") == ["car", "care"]


def test_common_prefix(completer):
    """What the Tab key would add."""
    completer.add("caret")
    assert completer.common_prefix("care") == "care"
    assert completer.common_prefix("d") == "Dog"
    assert completer.common_prefix("z") == "z"
