from halves import halves


def test_halves():
    assert halves(["a", "b"]) == (["a"], ["b"])
    assert halves([9]) == ([9], [])
    assert halves([1, 2, 3, 4, 5]) == ([1, 2, 3], [4, 5])
    assert halves([0, 0, 0, 0, 0, 0]) == ([0, 0, 0], [0, 0, 0])
