from membership import owed, reminders


def test_owed():
    assert owed(2) == 35.0


def test_reminders():
    assert reminders([("x", 1), ("y", 0)]) == [("x", 17.5)]
