from undostack import Field


def test_undo():
    field = Field()
    assert not field.undo()
    for text in "abc":
        field.write(text)
    field.undo()
    assert field.text == "b"
