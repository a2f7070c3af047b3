from completer import Completer


def make(*pairs):
    c = Completer()
    for word, weight in pairs:
        c.add(word, weight)
    return c


def test_empty():
    c = Completer()
    assert len(c) == 0
    assert c.complete("") == []
    assert c.common_prefix("a") == "a"
    assert c.remove("a") is False


def test_order():
    c = make(("bat", 2), ("bath", 2), ("ban", 8), ("box", 3), ("batik", 2))
    assert c.complete("ba") == ["ban", "bat", "bath", "batik"]
    assert c.complete("b", limit=3) == ["ban", "box", "bat"]
    assert c.complete("b", limit=10) == ["ban", "box", "bat", "bath", "batik"]


def test_first_spelling_is_kept():
    c = make(("Python", 1), ("python", 2), ("PYTHON", 3), ("pylint", 5))
    assert len(c) == 2
    assert c.complete("py") == ["Python", "pylint"]


def test_removed_word_starts_from_zero():
    c = make(("ab", 9), ("ac", 5))
    c.remove("ab")
    assert len(c) == 1
    c.add("ab")
    assert c.complete("a") == ["ac", "ab"]


def test_word_that_is_a_prefix_of_another():
    c = make(("in", 1), ("inn", 3), ("inner", 2))
    c.remove("inn")
    assert c.complete("in") == ["inner", "in"]
    assert c.complete("inn") == ["inner"]


def test_common_prefix():
    c = make(("commit", 1), ("commute", 1), ("command", 1), ("push", 1))
    assert c.common_prefix("c") == "comm"
    assert c.common_prefix("comm") == "comm"
    assert c.common_prefix("comma") == "command"
    assert c.common_prefix("") == ""
