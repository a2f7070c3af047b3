from slugs import slugify


def test_words_are_lowercased_and_joined_with_hyphens():
    assert slugify("Hello World") == "hello-world"


def test_a_run_of_other_characters_becomes_one_hyphen():
    assert slugify("Cats & Dogs") == "cats-dogs"
    assert slugify("What's new?") == "what-s-new"
    assert slugify("a  --  b") == "a-b"


def test_no_hyphen_at_either_end():
    assert slugify("  (draft) Notes! ") == "draft-notes"


def test_digits_are_kept():
    assert slugify("Top 10 of 2024") == "top-10-of-2024"


def test_nothing_usable_gives_an_empty_slug():
    assert slugify("!!!") == ""
