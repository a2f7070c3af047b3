"""Write the tables of RESULTS.md and of docs/results/*.md, and the README's curve, from JSON.

    python bench/results.py

docs/results/PAGE.json holds the figures of docs/results/PAGE.md, and docs/results/claims.json names
those that RESULTS.md shows. A page has each table between two comments; the text around them is
written by hand. A cell is a text, a number, or `[value, low, high]` with one or two intervals. The
unit of a column stands after the last comma of its name, or in the row's cell of the column `unit`.
Differences (in points) are printed with their signs.
"""

import json
import operator
import re
import textwrap
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from curve import curve

ROOT = Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "results"
CURVE = ROOT / "docs" / "figures" / "budgets.svg"
MARKED = re.compile(r"(<!-- table: ([\w-]+) -->\n).*?(<!-- end -->)", flags=re.DOTALL)
COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    ">=": operator.ge, "<=": operator.le, "<": operator.lt, ">": operator.gt
}  # fmt: skip
CODE_WIDTH, TEXT_WIDTH = 100, 108

Table = dict[str, Any]
"""Has `columns`, `rows`, `date`, and `commit` (measured) or `recorded` (first written down);
perhaps `commands`, `seeds` and `conditions`."""


def main() -> None:
    for path, text in written().items():
        path.write_text(text, encoding="utf-8")


def written() -> dict[Path, str]:
    """Return the text of each page, and of the curve, by path."""
    pages = {path.stem: figures(path) for path in sorted(PAGES.glob("*.json"))}
    claims = pages.pop("claims")
    tables = {
        PAGES / f"{page}.md": {name: shown(table) for name, table in its.items()}
        for page, its in pages.items()
    }
    tables[ROOT / "RESULTS.md"] = claim_tables(claims, pages)
    curve_text = budget_curve(pages["test-time-compute"]["budgets"])
    return {path: filled(path, its) for path, its in tables.items()} | {CURVE: curve_text}


def figures(path: Path) -> Any:
    """Read a file of figures; a number keeps the decimals with which it is written."""
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


def filled(path: Path, tables: dict[str, str]) -> str:
    """Return the page with each of its tables in place; every table has exactly one."""
    text = path.read_text(encoding="utf-8")
    places = [match[2] for match in MARKED.finditer(text)]
    if sorted(places) != sorted(tables):
        raise SystemExit(f"{path.name} shows {sorted(places)}, its figures are {sorted(tables)}")
    return MARKED.sub(lambda match: f"{match[1]}{tables[match[2]]}\n{match[3]}", text)


def shown(table: Table) -> str:
    """Return a table in Markdown, below its commands and above its date and commit."""
    columns = table["columns"]
    rows = [
        [cell_text(cell, unit_of(table, row, place)) for place, cell in enumerate(row)]
        for row in table["rows"]
    ]
    commands = [folded(command) for command in table.get("commands", ())]
    code = ["```sh", *commands, "```", ""] if commands else []
    source = textwrap.fill(f"*{origin(table)}.*", TEXT_WIDTH, break_on_hyphens=False)
    return "\n".join([*code, markdown(columns, rows), "", source])


def budget_curve(table: Table) -> str:
    """Draw accuracy against thinking budget, one line for each family."""
    places = [p for p, name in enumerate(table["columns"]) if name.partition(",")[0].isdigit()]
    ticks = [table["columns"][place].partition(",")[0] for place in places]
    series = {row[0]: [row[place] for place in places] for row in table["rows"]}
    return curve(series, ticks, "thinking budget, tokens", "accuracy")


def markdown(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in (columns, ["---"] * len(columns), *rows))


def unit_of(table: Table, row: Sequence[Any], place: int) -> str:
    columns = table["columns"]
    if "unit" in columns and columns[place] == "value":
        return row[columns.index("unit")]
    _, comma, unit = columns[place].rpartition(", ")
    return unit if comma else ""


def cell_text(cell: Any, unit: str) -> str:
    if cell is None:
        return ""
    if isinstance(cell, list):
        value, *ends = (number(x, unit) for x in cell)
        pairs = zip(ends[::2], ends[1::2], strict=True)
        return f"{value} " + ", ".join(f"[{low}, {high}]" for low, high in pairs)
    return number(cell, unit) if isinstance(cell, int | Decimal) else cell


def number(value: Decimal | int, unit: str) -> str:
    """Format a number with its own decimals, and with its sign where it is a difference."""
    return f"{value:+}" if unit == "points" else f"{value:,}"


def origin(table: Table) -> str:
    """Return where the numbers come from, in words."""
    rest = (table[key] for key in ("seeds", "conditions") if key in table)
    return ", ".join([when(table), *rest])


def when(table: Table) -> str:
    if "commit" in table:
        return f"{table['date']}, commit {table['commit']}"
    return f"{table['date']}, recorded in {table['recorded']}"


def folded(command: str) -> str:
    """Break a long command at its options."""
    lines = textwrap.wrap(
        command, CODE_WIDTH, subsequent_indent="    ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip
    return " \\\n".join(lines)


def claim_tables(claims: Sequence[dict[str, Any]], pages: dict[str, Any]) -> dict[str, str]:
    """Return RESULTS.md's tables: what holds, and which targets are missed."""
    rows: dict[str, list[list[str]]] = {"holds": [], "missed": []}
    for claim in claims:
        page, target = claim["page"], claim.get("target")
        table = pages[page][claim["table"]]
        cell, unit = found(table, claim)
        row = [
            claim["claim"],
            with_unit(cell_text(cell, unit), unit),
            target_text(cell, unit, target) if target else "",
            f"`{claim.get('command') or table['commands'][-1]}`",
            when(table | {key: claim[key] for key in ("date", "commit") if key in claim}),
            f"[{page}](docs/results/{page}.md)",
        ]
        rows["holds" if target is None or meets(cell, target) else "missed"].append(row)
    columns = ("claim", "number", "target", "command", "date, commit", "page")
    return {name: markdown(columns, some) for name, some in rows.items()}


def found(table: Table, claim: dict[str, Any]) -> tuple[Any, str]:
    """Return the cell that a claim names, and its unit."""
    (row,) = [row for row in table["rows"] if row[0] == claim["row"]]
    place = table["columns"].index(claim["column"]) if "column" in claim else 1
    return row[place], claim.get("unit") or unit_of(table, row, place)


def with_unit(text: str, unit: str) -> str:
    """Put the unit behind the value, before its interval."""
    value, bracket, rest = text.partition(" [")
    return f"{value} {unit}".strip() + bracket + rest


def meets(cell: Any, target: str, *, end: int | None = None) -> bool:
    """Return whether the value meets a target, or one end of its interval (1 low, 2 high)."""
    sign, bound = target.split()
    value = cell[end or 0] if isinstance(cell, list) else cell
    return COMPARE[sign](value, Decimal(bound))


def target_text(cell: Any, unit: str, target: str) -> str:
    """Return a target, and whether the interval of a value that meets it does not."""
    end = 1 if target[0] == ">" else 2
    only = meets(cell, target) and not meets(cell, target, end=end)
    return f"{target} {unit}".strip() + (" (its interval does not)" if only else "")


if __name__ == "__main__":
    main()
