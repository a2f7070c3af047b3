"""Verdicts beside the sampling: one that hangs holds up no other, and late ones change nothing."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from pathlib import Path

import pytest

from cogitate.config import RLConfig, TaskConfig
from cogitate.evaluate import EvalSpec
from cogitate.evaluate.scoring import score
from cogitate.protocols import Family
from cogitate.rollout.local import LocalSampler, markers
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.rollout.together import Asker, together
from cogitate.tasks.isolated import Isolated
from cogitate.tasks.sources import open_here
from cogitate.train.data.batch import Batch
from cogitate.train.data.curriculum import Curriculum
from cogitate.train.data.mixture import Mixture
from cogitate.train.data.rl import Reinforce
from cogitate.train.logging.stopwatch import Stopwatch
from cogitate.types import Budget, Request, Rollout, Verdict
from cogitate.verify.pool import results
from sums import TOKENIZER
from tiny import MARKERS, make_decoder

SLEEPS = """
import glob, os, random, time

def generate(split, seed, level=None):
    return {"question": f"{seed}?", "answer": seed % 3}

def verify(task, answer):
    if answer.startswith("sleep"):
        with open(__file__ + f".{os.getpid()}", "w"):
            time.sleep(float(answer.removeprefix("sleep")))
    if answer == "meet":
        open(__file__ + f".{os.getpid()}", "w").close()
        while len(glob.glob(__file__ + ".*")) < 2:
            time.sleep(0.01)
        return True
    time.sleep(random.random() * 0.02)
    return answer == task.target
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "sleeps.py"
    file.write_text(SLEEPS)
    return file


@pytest.fixture
def family(path: Path) -> Iterator[Isolated]:
    opened = Isolated(str(path))
    yield opened
    opened.close()


def test_eight_hanging_verdicts_delay_other_rows_by_less_than_a_second(family: Isolated) -> None:
    task = family.generate("train", 1)
    warm = [family.verify_later(task, "sleep1", 60) for _ in range(10)]  # starts as many children
    assert {verdict.reward for verdict in results(warm)} == {0}
    log: list[tuple[str, float]] = []

    def hanging() -> Asker[Sequence[Verdict]]:
        yield [Request(prompt=(20 + i,), budget=Budget(answer=2), seed=i) for i in range(8)]
        found: Sequence[Verdict] = yield [family.verify_later(task, "sleep60", 4) for _ in range(8)]
        log.append(("hanging", time.monotonic()))
        return found

    def others() -> Asker[Sequence[Verdict]]:
        """Ask and have judged, one after the other, for longer than the first row."""
        found: list[Verdict] = []
        for seed in range(5):
            rollouts: Sequence[Rollout] = yield [
                Request(prompt=(40,), budget=Budget(answer=9), seed=seed)
            ]
            found += yield [family.verify_later(task, "1", 60) for _ in rollouts]
        log.append(("others", time.monotonic()))
        return found

    sampler, start = LocalSampler(make_decoder(), MARKERS, rows=16), time.monotonic()
    together(sampler, [others()])
    hung, quick = together(sampler, [hanging(), others()])
    (_, alone), (first, beside), (second, _) = log
    assert (first, second) == ("others", "hanging")
    assert beside - alone < alone - start + 1
    assert [verdict.reward for verdict in quick] == [1] * 5
    assert all("no reply within 4 s" in verdict.why for verdict in hung)


def batch(family: Family, seed: int) -> Batch:
    mixture = Mixture((TaskConfig(family="spelling"),))
    mixture.sources = [dataclasses.replace(mixture.sources[0], family=family)]
    return Reinforce(
        sampler=ScriptedSampler(
            lambda r: [*TOKENIZER.encode(str(r.seed % 3)), TOKENIZER.end], markers(TOKENIZER)
        ),
        tokenizer=TOKENIZER,
        mixture=mixture,
        curriculum=Curriculum(num_levels={}),
        config=RLConfig(num_steps=1, groups_per_step=4, group_size=2, think=0, refill_rounds=3),
        seed=seed,
        stopwatch=Stopwatch(),
        context=512,
    ).batch(0)


def test_the_order_in_which_verdicts_come_never_changes_the_batch(
    path: Path, family: Isolated
) -> None:
    in_turn = batch(open_here(str(path)), seed=0)
    assert in_turn.metrics["groups"] > 4  # some were refilled
    for _ in range(3):
        assert batch(family, seed=0) == in_turn


def test_answers_are_judged_at_the_same_time_and_recorded_in_order(
    path: Path, family: Isolated
) -> None:
    """Each answer "meet" is judged until another one is."""

    def script(request: Request) -> list[int]:
        text = TOKENIZER.decode(request.prompt)
        seed = int("".join(letter for letter in text if letter.isdigit()))
        return [*TOKENIZER.encode("meet" if seed % 2 else str(seed % 3)), TOKENIZER.end]

    task = family.generate("test", 1)
    results([family.verify_later(task, "meet", 15) for _ in range(2)])  # starts two children
    for file in path.parent.glob(f"{path.name}.*"):
        file.unlink()
    spec = EvalSpec(n=20, budget=Budget(think=0, answer=8))
    result = score(ScriptedSampler(script, markers(TOKENIZER)), TOKENIZER, family, spec)
    assert [record.question for record in result.records] == [f"{seed}?" for seed in range(20)]
    assert [record.strict for record in result.records] == [1] * 20


def test_what_was_not_begun_is_given_up_when_sampling_is_interrupted(family: Isolated) -> None:
    task, begun = family.generate("train", 1), list[Future[Verdict]]()

    def waits() -> Asker[None]:
        begun.extend(family.verify_later(task, "sleep1", 60) for _ in range(40))
        yield begun

    def fails() -> Asker[None]:
        yield [Request(prompt=(5,), budget=Budget(think=0, answer=3))]
        raise KeyboardInterrupt

    sampler = ScriptedSampler(lambda _request: [7, 2], MARKERS)
    with pytest.raises(KeyboardInterrupt):
        together(sampler, [waits(), fails()])
    assert sum(future.cancelled() for future in begun) >= 40 - 16 - (os.cpu_count() or 1)
    family.close()
    assert all(future.result(60) for future in begun if not future.cancelled())


INTERRUPTED = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
from cogitate.tasks import open_family
from cogitate.verify.pool import results

family = open_family(sys.argv[1])
task = family.generate("train", 1)
print("begins", flush=True)
results([family.verify_later(task, "sleep60", 60) for _ in range(40)])
"""


def test_ctrl_c_ends_at_once_and_leaves_no_process(path: Path) -> None:
    command = [sys.executable, "-c", INTERRUPTED, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        deadline = time.monotonic() + 60
        while len(pids := sleepers(path)) < 3 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=15)
    assert process.returncode == -signal.SIGINT
    assert len(pids) >= 3
    assert not [pid for pid in sleepers(path) if Path(f"/proc/{pid}").exists()]


def sleepers(path: Path) -> list[int]:
    """Return the processes that were asked to sleep."""
    return [int(file.suffix[1:]) for file in path.parent.glob(f"{path.name}.*")]
