from logfilter import entries


def test_entries():
    text = "\n2026-01-01 WARN a b\nnoise\n2026-01-02 WARN c\n2026-01-02 INFO d"
    assert entries(text, "WARN") == [("2026-01-01", "a b"), ("2026-01-02", "c")]
    assert entries("nothing here", "WARN") == []
    assert entries("", "INFO") == []
