"""The report: one file that needs nothing else, and says what the records say."""

import dataclasses
import html.parser
import io
import json
import re
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from cogitate.cli import main
from cogitate.evaluate import EvalSpec, at_deadline, difference, find_frontier, score, trace
from cogitate.rollout.local import markers
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.train.loop import train
from cogitate.types import Budget
from sums import TOKENIZER, Sums, Thinker
from table import Bench, table_config, write_questions


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with an evaluation and a curve in its folder."""
    folder: Path = tmp_path_factory.mktemp("report")
    config = table_config(write_questions(folder / "questions.jsonl", "22<3"))
    out = folder / "a run"
    train(config, out, console=Console(file=io.StringIO()), build=Bench())
    sampler = ScriptedSampler(Thinker(), markers(TOKENIZER))
    spec = EvalSpec(n=40, budget=Budget(think=16, answer=8))
    scored = score(sampler, TOKENIZER, Sums(), spec)
    traced = trace(sampler, TOKENIZER, Sums(), spec, [0, 4, 16])
    voted = trace(sampler, TOKENIZER, Sums(), dataclasses.replace(spec, samples=2), [0, 16])
    timed = [
        at_deadline(sampler, TOKENIZER, Sums(), spec, Budget(deadline_s=seconds))
        for seconds in (0.5, 4.0)
    ]
    gap = dataclasses.asdict(difference(scored, scored))
    for name, values in {
        "after": {"families": {"sums": scored.to_json()}, "differences": {"sums": gap}},
        "late": {"deadlines": {"sums": [p.to_json() for p in timed]}},
        "votes": {"curves": {"sums": voted.to_json()}},
        "curve": {"curves": {"sums": traced.to_json()}},
    }.items():
        document = {"command": f"cogitate evaluate --json {name}.json", **values}
        (out / f"{name}.json").write_text(json.dumps(document))
    (out / "notes.json").write_text("[1, 2]")
    return out


@pytest.fixture(scope="module")
def written(run: Path) -> tuple[str, list[dict]]:
    assert main(["report", str(run)]) == 0
    return (run / "report.html").read_text(), json.loads((run / "report.json").read_text())


def test_a_run_has_the_name_of_its_folder_from_inside_too(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(run)
    out = tmp_path / "out.html"
    assert main(["report", ".", "--out", str(out)]) == 0
    assert [own["name"] for own in json.loads(out.with_suffix(".json").read_text())] == ["a run"]
    assert "<title>cogitate: a run</title>" in out.read_text()


class Outside(html.parser.HTMLParser):
    """Finds whatever a page would fetch, and tags that are not closed."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.fetched += [
            value or ""
            for name, value in attrs
            if name in ("src", "href", "xlink:href") and not (value or "").startswith("#")
        ]
        if tag not in ("meta", "br", "img", "link"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_page_is_whole_and_needs_nothing_else(written: tuple[str, list[dict]]) -> None:
    text, _ = written
    parser = Outside()
    parser.feed(text)
    assert parser.open == []
    assert parser.fetched == []
    assert "@import" not in text
    assert "url(http" not in text
    assert "<script" not in text
    assert len(re.findall("<svg", text)) >= 5


def test_figures_take_the_pages_ink(written: tuple[str, list[dict]]) -> None:
    text, _ = written
    assert "currentColor" in text
    assert "#010203" not in text
    assert "prefers-color-scheme: dark" in text


def test_numbers_are_those_of_the_records(written: tuple[str, list[dict]], run: Path) -> None:
    text, (story,) = written
    metrics = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    rewards = [line["reward"] for line in metrics if line["phase"] == "rl"]
    assert [value for _, value, _ in story["series"]["reward"]] == rewards
    curves = {curve["evaluation"]: curve["points"] for curve in story["curves"]}
    assert [point["budget"] for point in curves["curve"]] == [0, 4, 16]
    assert curves["votes"][-1]["voted"]["mean"] > 0.5
    assert text.count("vote within the budget") == 1
    assert text.count("Deadlines: late, sums") == 1
    assert "accuracy at deadlines" in text
    assert "+0.0 [" in text
    saved = json.loads((run / "after.json").read_text())["families"]["sums"]
    assert story["scores"][0]["strict"] == saved["strict"]
    assert "100.0 % [" in text
    (phase,) = story["phases"]
    assert phase["steps"] == len(rewards)
    assert phase["tokens"] == sum(line["tokens"] for line in metrics if line["phase"] == "rl")


def test_what_each_process_did_is_told(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "many")
    path = tmp_path / "many" / "metrics.jsonl"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for number, line in enumerate(lines):
        line |= {"sampler_0_busy": 0.5, "samplers_busy": 0.5, "learners_busy": 0.25}
        line |= {"learner_0_busy": number % 2 / 2}
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert main(["report", str(tmp_path / "many")]) == 0
    (story,) = json.loads((tmp_path / "many" / "report.json").read_text())
    assert [one["name"] for one in story["processes"]] == ["learner 0", "sampler 0"]
    assert story["processes"][0]["busy"] == pytest.approx(0.25)
    assert "<td>sampler 0</td><td>50 %</td>" in (tmp_path / "many" / "report.html").read_text()


def test_revisions_are_shown_with_the_tokens_of_both_ways(run: Path, tmp_path: Path) -> None:
    shutil.copytree(run, tmp_path / "turns")
    share = {"mean": 0.2, "low": 0.1, "high": 0.3}
    found = {
        "num_thoughts": 70, "marked": share, "at_marks": {"net": share}, "elsewhere": None,
        "tokens": {"free": 51.5, "retry": 50.2},
        "worth": dict.fromkeys(("banned", "placebo", "retry"), share),
    }  # fmt: skip
    document = {"command": "cogitate evaluate --reflection", "reflection": {"sums": found}}
    (tmp_path / "turns" / "turns.json").write_text(json.dumps(document))
    assert main(["report", str(tmp_path / "turns")]) == 0
    text = (tmp_path / "turns" / "report.html").read_text()
    assert "<th>tokens, free and anew</th>" in text
    assert "<td>51.5, 50.2</td>" in text
    assert "elsewhere" not in text


def test_rollouts_are_shown_as_text(written: tuple[str, list[dict]]) -> None:
    text, (story,) = written
    assert 1 <= len(story["rollouts"]["right"]) <= 10
    assert all(rollout["reward"] == 1 for rollout in story["rollouts"]["right"])
    assert all(rollout["reward"] == 0 for rollout in story["rollouts"]["wrong"])
    assert "expected &#39;&lt;&#39;" in text or "expected" in text
    assert story["rollouts"]["right"][0]["question"] in text


def test_the_commands_are_shown(written: tuple[str, list[dict]]) -> None:
    text, (story,) = written
    assert "cogitate evaluate --json after.json" in story["commands"]
    assert all(command.split()[0] in text for command in story["commands"])


def test_several_runs_and_one_that_has_not_begun_to_learn(run: Path, tmp_path: Path) -> None:
    config = table_config(write_questions(tmp_path / "q.jsonl", "23"))
    config = dataclasses.replace(config, rl=dataclasses.replace(config.rl, num_steps=1))
    train(config, tmp_path / "young", console=Console(file=io.StringIO()), build=Bench())
    out = tmp_path / "both.html"
    assert main(["report", str(run), str(tmp_path / "young"), "--out", str(out)]) == 0
    assert "<h2>young</h2>" in out.read_text()
    assert len(json.loads(out.with_suffix(".json").read_text())) == 2


@pytest.mark.parametrize("args", [[], ["nowhere"], ["{tmp}"]])
def test_what_is_no_run_is_said_so(args: list[str], tmp_path: Path, capsys) -> None:
    assert main(["report", *(arg.format(tmp=tmp_path) for arg in args)]) != 0
    said = capsys.readouterr().err
    assert len(said.splitlines()) == 1
    assert "run" in said


def test_an_interrupted_run_and_a_frontier_are_shown(run: Path, tmp_path: Path) -> None:
    stopped = tmp_path / "stopped"
    shutil.copytree(run, stopped)
    events = [
        {"step": 3, "event": "verifier_failed", "num": 2, "why": "the verifier hung"},
        {"step": 4, "event": "stopped"},
    ]
    (stopped / "events.jsonl").write_text("".join(f"{json.dumps(event)}\n" for event in events))
    sampler = ScriptedSampler(Thinker(), markers(TOKENIZER))
    spec = EvalSpec(n=20, budget=Budget(think=16, answer=8))
    found = find_frontier(sampler, TOKENIZER, Levels(), spec)
    frontiers = {"command": "cogitate evaluate", "frontiers": {"sums": found.to_json()}}
    (stopped / "frontier.json").write_text(json.dumps(frontiers))
    assert main(["report", str(stopped)]) == 0
    page = (stopped / "report.html").read_text()
    assert "the verifier hung" in page
    assert f"<td>frontier</td><td>sums</td><td>{found.half:.1f}</td>" in page


def test_a_report_overwrites_nothing_else_and_says_what_is_broken(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (run / "after.json").read_text()
    assert main(["report", str(run), "--out", str(run / "after.html")]) == 2
    assert (run / "after.json").read_text() == before
    broken = tmp_path / "broken"
    shutil.copytree(run, broken)
    (broken / "after.json").write_text(before[:100])
    (broken / "trainer.json").write_text('{"step": 1}\n{"step": 2}\n')
    assert main(["report", str(broken)]) == 0
    said = capsys.readouterr().err
    assert "left out: " in said
    assert "after.json is not valid JSON" in said
    assert "trainer.json is not valid JSON" in said
    story = json.loads((broken / "report.json").read_text())[0]
    assert "cogitate evaluate --json after.json" not in story["commands"]
    assert "cogitate evaluate --json curve.json" in story["commands"]


class Levels(Sums):
    """Sums with as many levels as they have."""

    num_levels = 2
