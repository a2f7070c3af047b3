from undoable import Document


def test_all_the_way_back_and_forth():
    d = Document("")
    for letter in "abcd":
        d.append(letter)
    for _ in range(4):
        assert d.can_undo
        d.undo()
    assert d.text == ""
    assert not d.can_undo
    for expected in ("a", "ab", "abc", "abcd"):
        assert d.can_redo
        d.redo()
        assert d.text == expected
    assert not d.can_redo


def test_redo_at_the_end_does_nothing():
    d = Document("x")
    d.append("y")
    d.redo()
    assert d.text == "xy"
    d.undo()
    assert d.text == "x"


def test_redo_can_be_undone():
    d = Document("a")
    d.append("b")
    d.undo()
    d.redo()
    d.undo()
    assert d.text == "a"
    assert d.can_redo


def test_replace_without_a_match_keeps_redo():
    d = Document("a")
    d.append("b")
    d.undo()
    d.replace("q", "r")
    assert d.can_redo


def test_undo_after_redo_was_cleared():
    d = Document("1")
    d.append("2")
    d.append("3")
    d.undo()
    d.replace("1", "one ")
    assert d.text == "one 2"
    d.undo()
    assert d.text == "12"
    d.undo()
    assert d.text == "1"


def test_documents_are_independent():
    a, b = Document("a"), Document("b")
    a.append("!")
    assert not b.can_undo
