from tagline import join_tags, parse_tags


def test_parse_tags():
    tests = [
        ("", []),
        ("python,web,async", ["python", "web", "async"]),
        ("  Python , Web Dev ", ["python", "web dev"]),
        ("web    dev", ["web dev"]),  # collapse whitespace
        ("a,,b, ,", ["a", "b"]),
        ("Go, rust, GO,rust ", ["go", "rust"]),  # no duplicates
    ]
    for text, expected in tests:
        actual = parse_tags(text)
        assert actual == expected, f"{text!r}: {actual}"


def test_join_tags_sorts():
    assert join_tags(["web", "async", "python"]) == "async, python, web"
    assert join_tags([]) == ""
