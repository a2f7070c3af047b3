"""The benchmark of aider, with a program in its place and a real server."""

import contextlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from cogitate.tasks.families.code import humaneval
from serving import serving

BENCH = Path(__file__).resolve().parent.parent / "bench"
AIDER = f"""#!{sys.executable}
import json, os, pathlib, subprocess, sys, urllib.request

if "--exit" not in sys.argv:
    module = pathlib.Path(sys.argv[-1])
    tests = sys.argv[sys.argv.index("--test-cmd") + 1]
    assert subprocess.run(tests, shell=True).returncode != 0
    body = {{"messages": [{{"role": "user", "content": "2+2?"}}], "max_tokens": 40}}
    headers = {{"content-type": "application/json"}}
    address = os.environ["OPENAI_API_BASE"] + "/chat/completions"
    request = urllib.request.Request(address, json.dumps(body).encode(), headers)
    urllib.request.urlopen(request).read()
    known = json.loads(pathlib.Path(__file__).with_name("known.json").read_text())
    if module.stem in known:
        module.write_text(known[module.stem])
"""
"""Solves what stands in a file beside it; asks the server once."""


@pytest.fixture
def bench(monkeypatch):
    """Let tests import the benchmarks' modules."""
    monkeypatch.syspath_prepend(str(BENCH))


@pytest.fixture
def program(tmp_path, bench):
    """A program in the place of aider, which knows the first problem and not the second."""
    import problems

    first = problems.problems("humaneval", 1)[0]
    given = humaneval.problems()[first.name]
    known = {first.module: given["prompt"] + given["canonical_solution"]}
    (tmp_path / "known.json").write_text(json.dumps(known))
    path = tmp_path / "python"
    path.write_text(AIDER)
    path.chmod(0o755)
    return path


def test_problems_are_solved_counted_and_paired(program, monkeypatch, tmp_path, capsys):
    import aider

    names = [problem.name for problem in aider.problems("humaneval", 2)]
    tdd, out = tmp_path / "tdd.jsonl", tmp_path / "aider.jsonl"
    rows = [{"name": name, "solved": False, "seconds": 1.0, "tokens": 7} for name in names]
    tdd.write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = ["--aider-python", str(program), "--limit", "2", "--tdd", str(tdd), "--out", str(out)]
    monkeypatch.setattr(sys, "argv", ["aider", *words])
    monkeypatch.setattr(aider.clients, "running", lambda *_: contextlib.nullcontext())
    with serving() as address:
        monkeypatch.setattr(aider.serve, "free_port", lambda: int(address.split(":")[2][:-3]))
        aider.main()
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["aider solved"][0] == 0.5
    assert result["tdd minus aider"][0] == -0.5
    assert result["tdd mean tokens"] == result["tdd median tokens"] == 7
    assert 0 < result["aider median tokens"] <= 40
    found = [json.loads(line) for line in out.read_text().splitlines()]
    assert [(row["name"], row["solved"]) for row in found] == [(names[0], True), (names[1], False)]
    assert all(row["requests"] == 1 and 0 < row["tokens"] <= 40 for row in found)
    assert {row["model"] for row in found} == {aider.MODEL}
    assert found[1]["text"] == ""
    aider.main()  # asks nothing again, and so needs no server
    assert len(out.read_text().splitlines()) == 2


def test_aider_gets_a_repository_of_its_own(bench, tmp_path):
    import aider

    aider.repository(tmp_path, {"test_f.py": "x", "f.py": ""})
    done = subprocess.run(
        ["git", "-C", str(tmp_path), "ls-files"], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["f.py", "test_f.py"]
    words = aider.work("test_f.py", "f.py")
    assert words[-3:] == ["--read", "test_f.py", "f.py"]
    compile(aider.LAUNCH, "launch", "exec")


def test_a_failure_of_aider_is_told_with_its_log(program, bench, tmp_path):
    import argparse

    import aider

    program.write_text(f"#!{sys.executable}\nraise SystemExit('no such model')")
    options = argparse.Namespace(aider_python=str(program))
    with pytest.raises(SystemExit, match="no such model"):
        aider.timed(options, 1, tmp_path, tmp_path, [])
