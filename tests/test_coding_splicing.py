"""What an answer defines is put into a class, and all other lines of the file stay as they are."""

import pytest

from cogitate.coding.candidates import candidate
from cogitate.coding.splicing import RefusedError, patched, spliced

KEEP = "def keep():\n    return 1\n"
STORE = f'''\
class Store(Base):
    HELP = """
usage:
    \t
      x
"""
# ---- counting

    def find(self, name):
        return name

    def count(self):
        return 0


{KEEP}'''
COUNT = "def count(self):\n    return 1\n"
IN_CLASS = "class Store:\n    def count(self):\n        return 1\n"


@pytest.mark.parametrize("code", [COUNT, IN_CLASS, f"async {COUNT}"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_a_method_is_replaced_and_no_other_line_changes(code: str, newline: str) -> None:
    """Whatever stands left of the class: lines of texts, of blanks, of comments."""
    changed = STORE.replace("return 0", "return 1")
    changed = changed.replace("def count", "async def count") if "async" in code else changed
    text = patched(STORE.replace("\n", newline), code)
    assert text.replace("\r\n", "\n") == changed
    made = candidate(f"```python\n{code}```", ["count", "Store"], STORE.replace("\n", newline))
    assert made.replace("\r\n", "\n") == changed


def test_a_method_is_put_into_its_class_beside_a_name_of_the_module() -> None:
    alias = "count = Store().count\n"
    assert patched(STORE + alias, COUNT) == STORE.replace("return 0", "return 1") + alias


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("class E(Exception):\n    code = 1\n", "class E(ValueError):\n    code = 1\n"),
        ("class E(Exception): code = 1\n", "class E(ValueError):\n    code = 1\n"),
        ("class E(Exception): pass\n", "class E(ValueError):\n    pass\n"),
        ("class E:\n    x: int\n", "@dataclass\nclass E:\n    x: int\n"),
        ("@dataclass\nclass E:\n    x: int\n", "class E:\n    x: int\n"),
        ("class E(\n    A,\n):\n    # its x\n    x = 1\n", "class E(B):\n    # its x\n    x = 1\n"),
        ("class E:\n    class F:\n        x = 1\n", "class E:\n    class F(B):\n        x = 1\n"),
    ],
)
def test_a_header_that_says_something_else_is_taken(old: str, new: str) -> None:
    assert patched(f"{old}\n\n{KEEP}", new) == f"{new}\n\n{KEEP}"


def test_a_header_that_only_names_the_class_leaves_its_bases() -> None:
    assert patched(STORE, IN_CLASS).startswith("class Store(Base):\n")


@pytest.mark.parametrize(
    ("old", "made"),
    [
        ("class E(Exception): pass\n", "class E(Exception):\n"),
        ("class E(Exception):\n    ...\n", "class E(Exception):\n"),
        ("class E(Exception): code = 1\n", "class E(Exception):\n    code = 1\n\n"),
        ("class E(Exception):\n    code = 1", "class E(Exception):\n    code = 1\n\n"),
    ],
)
def test_a_class_of_one_line_or_of_nothing_gets_its_methods(old: str, made: str) -> None:
    method = "    def __init__(self, key):\n        self.key = key\n"
    code = f"class E(Exception):\n{method}"
    assert spliced(f"{KEEP}\n\n{old}", code) == f"{KEEP}\n\n{made}{method}"


def test_what_is_added_to_classes_that_end_together_stands_in_its_own() -> None:
    old = f"{KEEP}class A:\n\tclass B:\n\t\tx = 1\n"
    code = "class A:\n  def f(self): ...\n  class B:\n    y = 2\ndef g(): ...\n"
    added = "\t\ty = 2\n\n\tdef f(self): ...\n\n\ndef g(): ...\n"
    assert spliced(old, code) == old + added


def test_of_what_is_moved_docstrings_are_and_texts_are_not() -> None:
    body = '"""Count.\n\n    All.\n    """\n    return """\na\n    """\n'
    moved = '"""Count.\n\n        All.\n        """\n        return """\na\n    """\n'
    made = patched(STORE, f"def count(self):\n    {body}")
    assert made == STORE.replace("return 0\n", moved)


def test_what_would_be_lost_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"E\.x would be lost"):
        spliced("class E: x = 1; y = 2\n", "class E:\n    y = 3\n")
