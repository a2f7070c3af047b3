"""The README and the docs tell the truth: their code runs, their line is the one line."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import cogitate
from cogitate.cli import main
from cogitate.evaluate import EvalSpec
from cogitate.evaluate.scoring import score
from cogitate.tasks import size
from cogitate.types import Budget, Request
from commands import need_known
from serving import serving
from test_rollout_episodes import TOKENIZER, sampler

ROOT = Path(__file__).resolve().parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINE = (
    "task -> prompt -> rollout (thought + answer) -> verify (reward) -> advantage -> update"
    " -> checkpoint -> evaluate (accuracy vs budget) -> serve / ask"
)


def blocks(language: str) -> list[tuple[str, str]]:
    """Every fenced block of a language, as (where, text)."""
    fence = re.compile(rf"^```{language}\n(.*?)^```", flags=re.MULTILINE | re.DOTALL)
    return [
        (f"{page.name}-{index}", match.group(1))
        for page in PAGES
        for index, match in enumerate(fence.finditer(page.read_text(encoding="utf-8")))
    ]


def one_line(text: str) -> str:
    return " ".join(text.split())


OBJECTIVE, HIGHER_LOWER = (
    next(code for _, code in blocks("python") if code.startswith(f'"""{start}'))
    for start in ("Trains with an objective of its own", "Guess a number")
)
NOTEBOOK = (ROOT / "docs" / "examples" / "notebook.py").read_text(encoding="utf-8")
QUICK = [block for block in blocks("python") if block[1] not in (OBJECTIVE, NOTEBOOK)]


@pytest.mark.parametrize(("where", "code"), QUICK)
def test_code_in_the_docs_runs(
    where: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    if "http://127.0.0.1:8000" in code:
        with serving(port=8000):
            exec(compile(code, where, "exec"), {"__name__": "readme"})
    elif (named := re.match(r'"""(\w+\.py):', code)) is None:
        exec(compile(code, where, "exec"), {"__name__": "readme"})
    else:
        Path(named[1]).write_text(code, encoding="utf-8")
        family = cogitate.load_family(named[1])
        task = family.generate("test", 1)
        assert family.verify(task, task.target).reward == 1.0


def test_the_example_prints_a_family(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "docs" / "examples" / "days.py")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (tmp_path / "days.jsonl").write_text(done.stdout)
    family = cogitate.load_family(str(tmp_path / "days.jsonl"))
    sizes = [size(family, split) for split in ("train", "test")]
    assert sum(num or 0 for num in sizes) == 200
    assert family.generate("train", 0).target.endswith("day")
    assert "demonstrate" in dir(family)


def test_the_notebook_trains_and_measures_in_15_lines(tmp_path: Path) -> None:
    assert len([line for line in NOTEBOOK.splitlines() if line]) <= 15
    assert f"```python\n{NOTEBOOK}```" in (ROOT / "README.md").read_text(encoding="utf-8")
    command = [sys.executable, "-c", NOTEBOOK]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    answer, accuracy = done.stdout.splitlines()[-2:]
    assert len(answer) == 1
    assert float(accuracy.partition(" ")[0]) > 50  # one of four letters: 25 by chance


def test_an_environment_of_several_turns_takes_30_lines(tmp_path: Path) -> None:
    assert (ROOT / "docs/examples/higher_lower.py").read_text("utf-8") == HIGHER_LOWER
    assert 20 < len(HIGHER_LOWER.splitlines()) <= 30
    (tmp_path / "higher_lower.py").write_text(HIGHER_LOWER)
    family = cogitate.load_family(str(tmp_path / "higher_lower.py"))
    spec = EvalSpec(n=20, budget=Budget(think=8, answer=8))
    halved = score(sampler(halving), TOKENIZER, family, spec)
    assert {record.target for record in halved.records} == set("123")
    assert halved.strict.mean == 1.0
    same = score(sampler(lambda _: guess(2)), TOKENIZER, family, spec)
    assert [record.strict for record in same.records] == [r.target == "2" for r in halved.records]


def halving(request: Request) -> list[int]:
    """Guess the middle of what is left; reads the conversation from the prompt."""
    text = TOKENIZER.decode(request.prompt, skip_special=False)
    low, high = map(int, re.findall(r"(\d+)-(\d+)\?", text)[0])
    for word in re.findall("higher|lower", text):
        middle = (low + high) // 2
        low, high = (middle + 1, high) if word == "higher" else (low, middle - 1)
    return guess((low + high) // 2)


def guess(number: int) -> list[int]:
    assert TOKENIZER.think_close is not None
    return [TOKENIZER.think_close, *TOKENIZER.encode(str(number)), TOKENIZER.end]


def test_an_objective_takes_30_lines(tmp_path: Path) -> None:
    assert 20 < len(OBJECTIVE.splitlines()) <= 30
    code = OBJECTIVE.replace("    better =", '    print("asked for a loss")\n    better =')
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    lines = (tmp_path / "runs" / "gentle" / "metrics.jsonl").read_text().splitlines()
    steps = [record["phase"] for line in lines if "loss" in (record := json.loads(line))]
    assert steps == ["cold_start"] * 28 + ["rl"] * 2
    assert done.stdout.count("asked for a loss") >= len(steps)


def test_a_family_takes_about_20_lines() -> None:
    (code,) = [code for _, code in blocks("python") if code.startswith('"""reverse.py')]
    assert len([line for line in code.splitlines() if line]) <= 20


def commands() -> list[list[str]]:
    lines = [line for _, text in blocks("console") for line in text.splitlines()]
    return [shlex.split(line)[2:] for line in lines if line.startswith("$ cogitate ")]


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_commands_in_the_docs_exist(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    need_known(command, capsys)


def transcripts() -> list[tuple[list[str], str]]:
    """Every question in the docs that is shown with what came of it, as (command, answer)."""
    shown = re.compile(r"^\$ cogitate (ask .*)\n((?:(?!\$).*\n)+)", flags=re.MULTILINE)
    return [
        (shlex.split(match[1]), match[2].split()[-1])
        for _, text in blocks("console")
        for match in shown.finditer(text)
    ]


@pytest.mark.parametrize(("command", "answer"), transcripts(), ids=str)
def test_a_transcript_tells_what_the_model_does(
    command: list[str], answer: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Thoughts may differ between processors; whether the answer is correct does not."""
    assert main(command) == 0
    given = capsys.readouterr().out.split()[-1]
    assert is_correct(command[1], given) == is_correct(command[1], answer)


def is_correct(question: str, answer: str) -> bool:
    """Say whether an expression uses each number of a countdown once and reaches the last one."""
    *numbers, target = map(int, re.findall(r"\d+", question))
    used = [int(number) for number in re.findall(r"\d+", answer)]
    return sorted(used) == sorted(numbers) and eval(answer) == target


def test_the_docs_show_a_thought_that_pays() -> None:
    found = {is_correct(command[1], answer): command[2:] for command, answer in transcripts()}
    assert found == {True: [], False: ["--think", "8"]}


def test_the_map_names_every_folder() -> None:
    architecture = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for folder in (ROOT / "src" / "cogitate").iterdir():
        if (folder / "__init__.py").is_file():
            assert f"`{folder.name}/" in architecture, f"architecture.md leaves out {folder.name}"


@pytest.mark.parametrize("name", ["README.md", "README.zh.md"])
def test_the_cpu_build_of_torch_is_the_one_that_is_pinned(name: str) -> None:
    pinned = re.search(r"^torch==\S+", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE)
    assert pinned
    assert f"install {pinned[0]} --index-url" in (ROOT / name).read_text("utf-8")


def test_the_line_is_the_same_everywhere(capsys: pytest.CaptureFixture[str]) -> None:
    assert LINE in one_line(cogitate.__doc__ or "")
    assert LINE in one_line((ROOT / "README.md").read_text(encoding="utf-8"))
    assert main(["--help"]) == 0
    assert LINE in one_line(capsys.readouterr().out)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"
