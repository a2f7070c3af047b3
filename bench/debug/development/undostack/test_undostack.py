from undostack import Field


def test_undo():
    field = Field()
    field.write("a")
    assert field.undo()
    assert field.text == ""
    assert not field.undo()
