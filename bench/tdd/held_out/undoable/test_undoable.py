"""A text document with undo and redo, as in any editor."""

import pytest
from undoable import Document


@pytest.fixture
def doc():
    d = Document("one")
    d.append(" two")
    d.append(" three")
    return d


def test_append(doc: Document) -> None:
    assert doc.text == "one two three"


def test_undo_goes_back_one_step(doc: Document) -> None:
    doc.undo()
    assert doc.text == "one two"
    doc.undo()
    assert doc.text == "one"


def test_redo(doc: Document) -> None:
    doc.undo()
    doc.undo()
    doc.redo()
    assert doc.text == "one two"


def test_a_new_edit_clears_redo(doc: Document) -> None:
    doc.undo()
    doc.append("!")
    assert doc.text == "one two!"
    assert not doc.can_redo
    doc.redo()
    assert doc.text == "one two!"


def test_undo_at_the_start_does_nothing() -> None:
    d = Document("x")
    assert not d.can_undo
    d.undo()
    assert d.text == "x"


def test_replace_is_one_step(doc: Document) -> None:
    doc.replace("t", "T")
    assert doc.text == "one Two Three"
    doc.undo()
    assert doc.text == "one two three"


def test_replace_without_a_match_is_no_step(doc: Document) -> None:
    doc.replace("zzz", "y")
    doc.undo()
    assert doc.text == "one two"
