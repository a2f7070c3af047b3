"""The house keeps its shape: small files, small functions, honest names."""

import ast
import io
import re
import tokenize
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LIMITS = tomllib.loads((ROOT / "tests" / "limits.toml").read_text())
PACKAGE = sorted((ROOT / "src").rglob("*.py"))
EVERYTHING = [
    path for folder in ("src", "tests", "bench") for path in (ROOT / folder).rglob("*.py")
]
WHOLE = {"bench", "docs", "names", "never", "shape", "shipped", "surface"}
"""What tests of the whole package and of what stands beside it are named for."""
VAGUE = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager", "core"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


def nodes(path: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(path.read_text(encoding="utf-8")))


def num_lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def num_code_lines(path: Path) -> int:
    """Lines that say something to the machine: no blank line, comment or docstring."""
    text = path.read_text(encoding="utf-8")
    silent = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    spans = [(t.start[0], t.end[0]) for t in tokens if t.type not in silent and t.string]
    docs = [
        (node.lineno, node.end_lineno or node.lineno)
        for node in nodes(path)
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    ]
    lines = {line for start, end in spans for line in range(start, end + 1)}
    return len(lines - {line for start, end in docs for line in range(start, end + 1)})


def num_parameters(function: Function) -> int:
    arguments = function.args
    names = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    return len([name for name in names if name not in ("self", "cls")])


def num_fields(config: ast.ClassDef) -> int:
    return sum(isinstance(statement, ast.AnnAssign) for statement in config.body)


def configs() -> Iterator[tuple[Path, ast.ClassDef]]:
    for path in PACKAGE:
        for node in nodes(path) if "Config" in path.read_text(encoding="utf-8") else ():
            if isinstance(node, ast.ClassDef) and node.name.endswith("Config"):
                yield path, node


@pytest.mark.parametrize("path", EVERYTHING, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_fits_its_reader(path: Path) -> None:
    assert path.stem not in VAGUE, f"{path.name} says nothing about what is in it"
    assert num_lines(path) <= LIMITS["file_lines"]
    for node in nodes(path):
        if isinstance(node, Function):
            lines = (node.end_lineno or node.lineno) - node.lineno + 1
            assert lines <= LIMITS["function_lines"], f"{node.name} has {lines} lines"
            assert num_parameters(node) <= LIMITS["parameters"], f"{node.name} takes too many"


def test_folders_have_honest_names() -> None:
    assert not VAGUE & {folder.name for folder in (ROOT / "src").rglob("*") if folder.is_dir()}


def test_a_folder_fits_its_reader() -> None:
    for folder in {path.parent for path in PACKAGE}:
        files = sorted(folder.glob("*.py"))
        assert len(files) <= LIMITS["folder_files"], f"{folder.name} has {len(files)} files"
        if sum(map(num_lines, files)) > LIMITS["folder_lines"]:  # those of code are fewer
            assert sum(map(num_code_lines, files)) <= LIMITS["folder_lines"], folder.name


def test_no_module_name_occurs_thrice() -> None:
    names = Counter(path.stem for path in PACKAGE if path.stem != "__init__")
    assert [name for name, count in names.items() if count > 2] == []


def test_tests_mirror_the_package() -> None:
    """`tests/test_ROOM_MODULE...py` is about that module, `test_ROOM...py` about the folder."""
    package = ROOT / "src" / "cogitate"
    rooms = {
        "_".join(path.relative_to(package).with_suffix("").parts)
        for path in {*PACKAGE, *(path.parent for path in PACKAGE)} - {package}
    }
    for path in (ROOT / "tests").glob("test_*.py"):
        words = path.stem.removeprefix("test_").split("_")
        starts = {"_".join(words[:end]) for end in range(1, len(words) + 1)}
        assert starts & (rooms | WHOLE), f"{path.name} names no module of the package"


def test_few_knobs() -> None:
    for path, config in configs():
        assert num_fields(config) <= LIMITS["config_fields"], f"{config.name} in {path.name}"
    assert sum(num_fields(config) for _, config in configs()) <= LIMITS["all_config_fields"]


def test_every_knob_is_read() -> None:
    """A field that nothing reads outside the configuration and the recipes does nothing."""
    readers = [path for path in PACKAGE if {"config", "recipes", "shipped"}.isdisjoint(path.parts)]
    read = {
        node.attr
        for path in readers
        for node in nodes(path)
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
    }
    for _, config in configs():
        fields = {
            s.target.id
            for s in config.body
            if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)
        }
        assert fields <= read, f"{config.name}: nobody reads {sorted(fields - read)}"


def test_a_limit_moves_only_with_its_decision() -> None:
    record = (ROOT / "docs" / "decisions" / "0004-limits.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| ([\d.,]+) \|", record, flags=re.MULTILINE))
    assert {name: float(value.replace(",", "")) for name, value in rows.items()} == LIMITS
