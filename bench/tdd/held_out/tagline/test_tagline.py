from tagline import join_tags, parse_tags


def test_splits_at_commas():
    assert parse_tags("python,web,async") == ["python", "web", "async"]


def test_whitespace_and_case_are_normalised():
    assert parse_tags("  Python , Web Dev ") == ["python", "web dev"]


def test_inner_whitespace_is_collapsed():
    assert parse_tags("web    dev") == ["web dev"]


def test_empty_tags_are_skipped():
    assert parse_tags("a,,b, ,") == ["a", "b"]
    assert parse_tags("") == []


def test_duplicates_are_dropped_after_normalising():
    assert parse_tags("Go, rust, GO,rust ") == ["go", "rust"]


def test_join_sorts():
    assert join_tags(["web", "async", "python"]) == "async, python, web"


def test_join_of_nothing():
    assert join_tags([]) == ""
