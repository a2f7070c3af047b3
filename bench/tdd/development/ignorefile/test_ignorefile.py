"""Which files a backup leaves out. The patterns are a subset of .gitignore:

*.log       any file of this kind, in any folder
build/      a folder of this name, anywhere, with all that is in it
/notes.txt  a leading slash ties the pattern to the top folder
docs/*.pdf  so does a slash in the middle; * does not match a slash
!keep.log   takes back what a pattern before it ignored
The last pattern that matches decides.
"""

import pytest
from ignorefile import IgnoreRules


def ignored(patterns, path):
    return IgnoreRules(patterns.split("\n")).ignores(path)


@pytest.mark.parametrize(
    ("pattern", "path", "expected"),
    [
        ("*.log", "a.log", True),
        ("*.log", "deep/down/a.log", True),
        ("*.log", "a.log.txt", False),
        ("build/", "build/x.o", True),
        ("build/", "src/build/x/y.o", True),
        ("build/", "build", False),
        ("build/", "rebuild/x.o", False),
        ("/notes.txt", "notes.txt", True),
        ("/notes.txt", "sub/notes.txt", False),
        ("docs/*.pdf", "docs/a.pdf", True),
        ("docs/*.pdf", "docs/sub/a.pdf", False),
        ("docs/*.pdf", "x/docs/a.pdf", False),
        ("a?.txt", "ab.txt", True),
        ("a?.txt", "abc.txt", False),
    ],
)
def test_one_pattern(pattern, path, expected):
    assert ignored(pattern, path) is expected


def test_last_match_decides():
    assert not ignored("*.log\n!keep.log", "keep.log")
    assert ignored("!keep.log\n*.log", "keep.log")


def test_comments_and_blank_lines():
    assert not ignored("# *.txt\n\n   \n*.log", "a.txt")


def test_filter():
    rules = IgnoreRules(["*.pyc", "/dist/"])
    assert rules.keep(["a.py", "a.pyc", "dist/a.py", "src/dist/a.py"]) == ["a.py", "src/dist/a.py"]
