from tagline import join_tags, parse_tags


def test_single():
    assert parse_tags("Docs") == ["docs"]


def test_only_separators():
    assert parse_tags(" , ,, ") == []


def test_tabs_inside_a_tag():
    assert parse_tags("machine \t learning,ML") == ["machine learning", "ml"]


def test_duplicates_that_differ_in_whitespace():
    assert parse_tags("Unit Test,unit   test, unit") == ["unit test", "unit"]


def test_order_is_that_of_the_text():
    assert parse_tags("z,y,Z,x") == ["z", "y", "x"]


def test_join():
    assert join_tags(["solo"]) == "solo"
    assert join_tags(["b", "a b", "a"]) == "a, a b, b"


def test_there_and_back():
    assert join_tags(parse_tags("Zeta, alpha,ALPHA")) == "alpha, zeta"
