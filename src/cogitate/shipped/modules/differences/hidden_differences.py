from differences import differences


def test_differences():
    assert differences([2, 2, 2]) == [0, 0]
    assert differences([0, -5, 5]) == [-5, 10]
    assert differences([]) == []
    assert differences([1.5, 2.0]) == [0.5]
