"""Numbers in the documents are those of the committed figures, with their command and commit."""

import json
import re
from decimal import Decimal
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "results"
TABLES = [
    (path.stem, name)
    for path in sorted(PAGES.glob("*.json"))
    if path.stem != "claims"
    for name in json.loads(path.read_text())
]


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    import results

    return results


def test_pages_are_what_the_script_writes(results) -> None:
    for path, text in results.written().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name}: run `make results`"


def test_every_page_has_figures_and_is_named_in_the_results() -> None:
    pages = {path.stem for path in PAGES.glob("*.md")}
    shown = (ROOT / "RESULTS.md").read_text(encoding="utf-8")
    assert pages == {path.stem for path in PAGES.glob("*.json")} - {"claims"}
    assert pages == set(re.findall(r"docs/results/([\w-]+)\.md", shown))


@pytest.mark.parametrize(("page", "name"), TABLES, ids="-".join)
def test_a_table_says_where_its_numbers_come_from(page: str, name: str) -> None:
    table = json.loads((PAGES / f"{page}.json").read_text())[name]
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", table["date"])
    assert re.fullmatch(r"[0-9a-f]{7}", table.get("commit") or table["recorded"])
    assert {len(row) for row in table["rows"]} == {len(table["columns"])}


def test_a_changed_figure_is_seen(results, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for path in PAGES.iterdir():
        (tmp_path / path.name).write_text(path.read_text())
    figures = (tmp_path / "sizes.json").read_text()
    (tmp_path / "sizes.json").write_text(
        figures.replace("[93.3, 83.7, 97.4]", "[94.3, 83.7, 97.4]")
    )
    monkeypatch.setattr(results, "PAGES", tmp_path)
    text = results.written()[tmp_path / "sizes.md"]
    assert "| mini (2.7 M) | 94.3 [83.7, 97.4] | 45 | 0.14 |" in text
    assert text != (PAGES / "sizes.md").read_text(encoding="utf-8")


def test_a_page_without_one_of_its_tables_is_refused(results, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- table: one -->\n<!-- end -->\n")
    assert results.filled(page, {"one": "1"}) == "<!-- table: one -->\n1\n<!-- end -->\n"
    with pytest.raises(SystemExit, match="two"):
        results.filled(page, {"one": "1", "two": "2"})


@pytest.mark.parametrize(
    ("cell", "unit", "text"),
    [
        (None, "%", ""),
        ("as written", "%", "as written"),
        (11857, "tokens/s", "11,857"),
        (Decimal("0.90"), "s", "0.90"),
        ([Decimal("86.5"), Decimal("84.0"), Decimal("88.7")], "%", "86.5 [84.0, 88.7]"),
        ([Decimal("-0.0"), Decimal("-0.7"), Decimal("0.6")], "points", "-0.0 [-0.7, +0.6]"),
        ([Decimal("0.3"), -1, 2, -3, 4], "points", "+0.3 [-1, +2], [-3, +4]"),
    ],
)
def test_cells_keep_their_digits(results, cell, unit: str, text: str) -> None:
    assert results.cell_text(cell, unit) == text


@pytest.mark.parametrize(
    ("cell", "target", "met"),
    [
        (Decimal("86.5"), ">= 93", False),
        ([Decimal("29.1"), Decimal("27.2"), Decimal("30.9")], ">= 20", True),
        ([Decimal("1.2"), 0, Decimal("2.4")], "< 2", True),
        (0, "<= 0", True),
        (Decimal("-2.6"), "> 0", False),
    ],
)
def test_a_target_is_met_by_the_number(results, cell, target: str, met: bool) -> None:
    assert results.meets(cell, target) is met


def test_long_commands_stay_commands(results) -> None:
    for page, name in TABLES:
        for command in results.figures(PAGES / f"{page}.json")[name].get("commands", ()):
            folded = results.folded(command)
            assert folded.replace(" \\\n    ", " ").split() == command.split()
            assert "#" not in folded or "\\" not in folded
