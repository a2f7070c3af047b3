from uniques import unique_by


def test_keeps_first_occurrence_and_order():
    assert unique_by([3, 1, 3, 2, 1]) == [3, 1, 2]


def test_key_function():
    assert unique_by(["Anna", "bob", "ANNA", "Bob"], key=str.lower) == ["Anna", "bob"]


def test_key_by_field():
    rows = [
        {"id": 1, "name": "first"},
        {"id": 2, "name": "second"},
        {"id": 1, "name": "again"},
    ]
    assert unique_by(rows, key=lambda row: row["id"]) == rows[:2]


def test_accepts_any_iterable():
    assert unique_by(n % 3 for n in range(10)) == [0, 1, 2]
    assert unique_by("banana") == ["b", "a", "n"]


def test_empty():
    assert unique_by([]) == []
