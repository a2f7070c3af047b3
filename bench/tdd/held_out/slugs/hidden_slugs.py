from slugs import slugify


def test_slashes_and_underscores():
    assert slugify("snake_case/and/paths") == "snake-case-and-paths"


def test_mixed_separators():
    assert slugify("one, two... THREE -- 4") == "one-two-three-4"


def test_tabs_and_newlines():
    assert slugify("\tFirst line\nsecond ") == "first-line-second"


def test_slug_stays_as_it_is():
    assert slugify("release-notes-2") == "release-notes-2"


def test_empty():
    assert slugify("") == ""
    assert slugify(" - ") == ""
