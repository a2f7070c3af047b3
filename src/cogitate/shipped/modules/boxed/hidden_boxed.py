from boxed import box


def test_box():
    assert box(["a", "", "ccc"], border="+") == [
        "+++++++",
        "+ a   +",
        "+     +",
        "+ ccc +",
        "+++++++",
    ]
    assert box(["two words"])[1] == "* two words *"
    assert box([""]) == ["****", "*  *", "****"]


def test_no_lines():
    assert box([], border="#") == []
