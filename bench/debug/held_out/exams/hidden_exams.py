from exams import passed, share


def test_passed():
    assert passed({"a": 47, "b": 48, "c": 90}) == ["b", "c"]
    assert share({"a": 47, "b": 48}) == 0.5
