from flights import duration, text


def test_duration():
    assert duration("2026-05-01 00:00", "2026-05-01 12:30") == 750
    assert duration("2026-05-01 12:00", "2026-05-02 00:05") == 725
    assert duration("2026-05-01 13:00", "2026-05-01 13:00") == 0


def test_text():
    assert text(125) == "2h05"
