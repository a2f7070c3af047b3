"""Documents are written to be read: short lines, one table of results, one line an experiment."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 110
RESULTS_LINES = 100
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "bench").glob("*.md")])
WORDS = re.compile(r"\(wanted|\breckon|in the mean\b|people's thoughts")
QUOTES = {"docs/results/rl-and-sft.md"}  # states the interview's own claim


def prose(text: str) -> Iterator[str]:
    """Yield the lines that are read as text.

    Rows of tables and code (fenced, or indented after an empty line) cannot be broken.
    """
    fenced = code = False
    before = ""
    for line in text.splitlines():
        if line.startswith("```"):
            fenced = not fenced
        code = line.startswith("    ") and (code or not before.strip())
        if not (fenced or code or line.startswith(("|", "```"))):
            yield line
        before = line


def width(line: str) -> int:
    """Return how wide a line reads: a link is as wide as its text, and a URL takes no room."""
    return len(re.sub(r"https?://\S+", "", re.sub(r"\]\([^)]*\)", "]", line)))


def name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_no_line_of_prose_is_long(page: Path) -> None:
    long = [x for x in prose(page.read_text(encoding="utf-8")) if width(x) > WIDTH]
    assert not long, f"{name(page)}: {long[0]}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_words_are_those_of_the_field(page: Path) -> None:
    if name(page) not in QUOTES:
        odd = [x for x in prose(page.read_text(encoding="utf-8")) if WORDS.search(x)]
        assert not odd, f"{name(page)}: {odd[0]}"


def test_prose_leaves_out_what_cannot_be_broken() -> None:
    text = "text\n    goes on\n\n    code\n    more\n```sh\nfenced\n```\n| row |\n\nend"
    assert [line for line in prose(text) if line] == ["text", "    goes on", "end"]
    assert width("[a](docs/a.md) and https://example.org/a b") == width("[a] and  b")


def test_results_fit_on_a_page() -> None:
    assert len((ROOT / "RESULTS.md").read_text(encoding="utf-8").splitlines()) <= RESULTS_LINES


def test_the_log_names_every_entry_once() -> None:
    rows = re.findall(
        r"^\| (\S+) \| [^|]+ \| [^|]+ \| \[\w+\]\((\S+)#(\S+)\) \|$",
        (ROOT / "LOG.md").read_text(encoding="utf-8"),
        flags=re.MULTILINE,
    )
    entries = [
        (match[1], name(page), anchor(match[0]))
        for page in sorted((ROOT / "docs" / "log").glob("*.md"))
        for match in re.finditer(r"(?m)^## (20\d\d-\d\d-\d\d) .*$", page.read_text("utf-8"))
    ]
    assert sorted(rows) == sorted(entries)
    assert [date for date, _, _ in rows] == sorted((date for date, _, _ in rows), reverse=True)


def anchor(heading: str) -> str:
    """Return the fragment that a heading has where Markdown is shown."""
    return re.sub(r"[^\w\- ]", "", heading.lstrip("# ").lower()).replace(" ", "-")


FENCED = re.compile(r"^```.*?^```", flags=re.MULTILINE | re.DOTALL)
VERB = re.compile(r"^\| (`[^|]+`) \|", flags=re.MULTILINE)


def test_the_readme_in_chinese_has_the_commands_of_the_other() -> None:
    english, chinese = ((ROOT / page).read_text("utf-8") for page in ("README.md", "README.zh.md"))
    assert FENCED.findall(chinese) == FENCED.findall(english)
    assert VERB.findall(chinese) == VERB.findall(english)
    assert "(README.md)" in chinese
    assert "(README.zh.md)" in english
