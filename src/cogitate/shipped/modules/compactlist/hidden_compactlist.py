from compactlist import compact


def test_compact():
    assert compact([]) == []
    assert compact([1, 2, 3]) == [1, 2, 3]
    assert compact([None, 0, "", " ", None]) == [0, " "]
    assert compact(["x", False, None, 0.0]) == ["x", False, 0.0]
