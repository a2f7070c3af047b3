from headings import anchor, outline, toc

README = """\
# My Tool

Some text with a # in it.

## Install

### From source

## Usage & options

```
# not a heading
```

## Install
"""


def test_outline_lists_level_and_title():
    assert outline(README) == [
        (1, "My Tool"),
        (2, "Install"),
        (3, "From source"),
        (2, "Usage & options"),
        (2, "Install"),
    ]


def test_hash_without_space_is_no_heading():
    assert outline("#hashtag\n####### seven\n  ## indented\n###### Six ") == [(6, "Six")]


def test_anchor():
    assert anchor("From source") == "from-source"
    assert anchor("Usage & options") == "usage--options"
    assert anchor("What's new in 2.0?") == "whats-new-in-20"


def test_toc_starts_at_level_two_and_numbers_repeated_anchors():
    assert toc(README) == "\n".join(
        [
            "- [Install](#install)",
            "  - [From source](#from-source)",
            "- [Usage & options](#usage--options)",
            "- [Install](#install-1)",
        ]
    )


def test_nothing_to_list():
    assert toc("just text") == ""
