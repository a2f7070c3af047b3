"""The table of a small model beside larger ones."""

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from cogitate.tasks import load_family
from cogitate.types import Budget, End

BENCH = Path(__file__).parents[1] / "bench"


def test_each_model_is_measured_on_each_axis() -> None:
    command = [sys.executable, str(BENCH / "sizes.py"), "mini", "mini-base", "--n", "2",
               "--facts", "2", "--families", "arithmetic"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    for model in ("mini", "mini-base"):
        own = found[model]["reasoning"]
        assert own["lenient"]["mean"] >= own["share"]["mean"]
        assert 0 <= own["cut_off"] <= 1
    assert "reasoning" in done.stdout
    assert "facts" in done.stdout


def test_a_model_that_does_not_think_may_write_as_much(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import sizes

    def model(think):
        return SimpleNamespace(budget=lambda _, answer: Budget(think=think, answer=answer))

    assert sizes.limits(model(256), 512) == Budget(think=256, answer=64)
    assert sizes.limits(model(0), 512) == Budget(think=0, answer=512 + 64)


def test_an_answer_in_a_sentence_is_told_beside_the_strict_share(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import sizes

    said = iter(["{}", "{}", "The answer is {}.", "**{}**", "none"])
    ends = iter([End.DONE] * 4 + [End.TRUNCATED])

    def answer_once(asked, budget, task):
        rollout = SimpleNamespace(end=next(ends), tokens=(1, 2))
        return next(said).format(task.target), rollout

    monkeypatch.setattr(sizes, "answer_once", answer_once)
    found = sizes.cost(SimpleNamespace(), Budget(), [(load_family("arithmetic"), 4)])
    assert (found.share.mean, found.lenient.mean, found.cut_off) == (0.25, 0.75, 0.25)
    assert sizes.cells(found)[2] == "25%"
