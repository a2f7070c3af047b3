"""Episodes of several turns: what is shown of a wrong program, and what ends an episode."""

import re
from typing import Any

import pytest

from cogitate.cli import _dispatch
from cogitate.config import TaskConfig
from cogitate.environments import open_env
from cogitate.errors import SandboxError, UsageError
from cogitate.rollout.episodes import Terms, play
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.rollout.together import together
from cogitate.sandbox import Sandbox
from cogitate.tasks import check, find_task, load_family, open_family
from cogitate.tasks.families.code.turns import feedback
from cogitate.thinking.machine import Markers
from cogitate.tokenizer import Tokenizer
from cogitate.train.data.mixture import Mixture
from cogitate.types import Budget, Request, Step, Task, Verdict

NAMES = ("code:turns=3", "bugfix:turns=3")
TOKENIZER = Tokenizer.bytes()


def task_of(name: str) -> Task:
    """A task in which no fact is missing."""
    family = open_family(name)
    tasks = (family.generate("train", seed) for seed in range(20))
    return next(task for task in tasks if not task.metadata.get("asks"))


def constant(task: Task, value: str) -> str:
    return f"```python\ndef {task.metadata['name']}(given):\n    return {value}\n```"


def steps_of(name: str, task: Task, answers: list[str]) -> list[Step]:
    """Play answers until the episode is done."""
    env = open_env(open_family(name))
    (asked,) = env.reset(task)
    assert asked == {"role": "user", "content": task.question}
    steps: list[Step] = []
    for answer in answers:
        steps.append(env.step(answer))
        if steps[-1].done:
            break
    return steps


@pytest.mark.parametrize("name", NAMES)
def test_failures_are_shown_and_a_later_answer_can_be_correct(name: str) -> None:
    task = task_of(name)
    wrong, right = constant(task, "'nothing'"), f"```\n{task.target}\n```"
    first, second = steps_of(name, task, [wrong, right, wrong])
    (message,) = first.messages
    shown = task.metadata["visible"]
    assert all(f"({value!r}) gives 'nothing', not " in message["content"] for value in shown)
    assert second.done
    assert second.verdict.reward == 1


@pytest.mark.parametrize(("name", "num_turns"), [("code:turns=2", 2), ("bugfix:turns=3", 3)])
def test_the_last_turn_has_a_verdict(name: str, num_turns: int) -> None:
    task = task_of(name)
    steps = steps_of(name, task, [constant(task, "None")] * 5)
    assert [step.done for step in steps] == [False] * (num_turns - 1) + [True]
    assert steps[-1].verdict.reward == 0


def test_an_episode_ends_where_the_visible_examples_pass_and_hidden_inputs_decide() -> None:
    task = task_of("code:turns=3")
    name, seen = task.metadata["name"], task.metadata["visible"]
    lookup = (
        f"{task.target}\nreal = {name}\n"
        f"def {name}(x):\n    return real(x) if x in {seen!r} else None"
    )
    (step,) = steps_of("code:turns=3", task, [f"```\n{lookup}\n```"])
    assert step.done
    assert step.verdict.reward == 0
    assert step.verdict.why == "a hidden input fails"


@pytest.mark.parametrize("value", ["given", "None", "[] * 10**9", "1 / 0", "str(given) * 99"])
def test_what_is_shown_is_short_and_tells_nothing_of_hidden_inputs(value: str) -> None:
    for seed in range(5):
        task = open_family("code:turns=3").generate("train", seed)
        step = steps_of("code:turns=3", task, [constant(task, value)])[0]
        text = step.messages[0]["content"]
        assert len(text) <= 1500
        for hidden in task.metadata["hidden"]:
            if hidden:  # an empty input is a part of many texts
                assert f"({hidden!r})" not in text


def test_at_most_three_failures_are_shown_the_smallest_first() -> None:
    text = feedback(["f(333) gives 1, not 2", "f(1) gives 1, not 2", "x" * 9999, "f(22) gives 1"])
    lines = text.splitlines()[2:-2]
    assert lines == ["f(22) gives 1", "f(1) gives 1, not 2", "f(333) gives 1, not 2"]
    assert len(feedback(["x" * 9999] * 5)) <= 1500


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ("", "the answer has no code"),
        ("```python\ndef f(:\n```", r"the program raises SyntaxError: .*\(line 1\)"),
        ("```python\nx = 1", "the last block of code is not closed"),
        ("```python\nx = 1\n```", "the program defines no function"),
    ],
)
def test_what_is_no_program_is_told(answer: str, said: str) -> None:
    step = steps_of("code:turns=3", task_of("code:turns=3"), [answer])[0]
    assert re.search(said, step.messages[0]["content"])


def test_where_a_fact_is_missing_one_answer_is_all() -> None:
    family = open_family("bugfix:turns=3")
    tasks = (family.generate("train", seed) for seed in range(100))
    task = next(task for task in tasks if task.metadata["asks"])
    for answer, reward in ((constant(task, "1"), 0), (task.target, 1)):
        (step,) = steps_of("bugfix:turns=3", task, [answer])
        assert step.verdict.reward == reward


def test_a_failure_of_the_sandbox_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise SandboxError("out of memory")

    load_family("code")
    task = task_of("code:turns=3")
    env = open_env(open_family("code:turns=3"))
    env.reset(task)
    monkeypatch.setattr(Sandbox, "check", fail)
    step = env.step(f"```\n{task.target}\n```")
    assert step.done
    assert step.verdict.reward is None


def test_tasks_are_those_of_the_family_itself() -> None:
    for name in NAMES:
        family, own = open_family(name), open_family(name.partition(":")[0])
        for seed in range(5):
            task = family.generate("test", seed, 2)
            assert task.question == own.generate("test", seed, 2).question
            assert find_task(family, task.key) == task
        assert check(name).passed


@pytest.mark.parametrize(
    "name", ["code:", "code:turns=1", "code:turns=4", "bugfix:turn=2", "humaneval:turns=2"]
)
def test_other_options_are_refused_in_one_line(name: str) -> None:
    with pytest.raises(UsageError, match="take :turns=2 or :turns=3") as no:
        open_family(name)
    assert "\n" not in str(no.value)


def test_a_folder_of_tests_has_turns_too() -> None:
    family = open_family("modules:turns=2")
    task = family.generate("train", 0)
    env = open_env(family)
    assert env.reset(task)[0]["content"] == task.question
    step = env.step("```python\npass\n```")
    assert not step.done
    assert "its code defines none of" in str(step.messages[0]["content"])
    assert "hidden" not in str(step.messages[0]["content"])
    assert env.step(f"```python\n{task.target}```").verdict == Verdict(
        reward=1.0, why="all tests pass"
    )


def test_a_policy_sees_the_failures_and_goes_on() -> None:
    """The real loop of episodes: a policy that corrects itself once it is told of a failure."""
    mixture = Mixture((TaskConfig(family="code:turns=3", level=1),))
    family, task = mixture.draw(0, 0)
    wrong, right = constant(task, "'nothing'"), f"```\n{task.target}\n```"

    def script(request: Request) -> list[int]:
        prompt = TOKENIZER.decode(request.prompt)
        return [*TOKENIZER.encode(right if "gives 'nothing', not" in prompt else wrong), end]

    end = TOKENIZER.end
    sampler = ScriptedSampler(script, Markers(ends=frozenset({end})), context=9999)
    terms = Terms(tokenizer=TOKENIZER, budget=Budget(think=0, answer=2000))
    (episode,) = together(sampler, [play(open_env(family), task, terms, 7)])
    assert len(episode.turns) == 2
    assert episode.verdict.reward == 1


def test_training_takes_the_name(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["train", "own", "--task", "code:turns=2", "--model", "new-nano"]
    assert _dispatch([*command, "--dry-run", "--rl.num-steps", "1"]) == 0
    assert "code:turns=2" in capsys.readouterr().out
