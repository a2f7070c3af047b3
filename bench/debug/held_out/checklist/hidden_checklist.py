from checklist import parse, progress, render


def test_render():
    assert render([(True, "abc"), (False, "d e")]) == "[x] Abc\n[ ] D e"
    assert render([]) == ""
    assert render(parse("[ ] ab\n")) == "[ ] Ab"


def test_progress():
    assert progress(parse("[x] a\n[ ] b\n[x] c")) == (2, 3)
