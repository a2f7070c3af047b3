import pytest
from slugs import slugify

CASES = {
    "Hello World": "hello-world",
    "Cats & Dogs": "cats-dogs",
    "What's new?": "what-s-new",
    "a  --  b": "a-b",
    "  (draft) Notes! ": "draft-notes",
    "Top 10 of 2024": "top-10-of-2024",
    "C++/CLI_guide": "c-cli-guide",
    "!!!": "",
}


@pytest.mark.parametrize("title", CASES)
def test_slugify(title):
    assert slugify(title) == CASES[title]


def test_idempotent():
    for slug in CASES.values():
        assert slugify(slug) == slug
