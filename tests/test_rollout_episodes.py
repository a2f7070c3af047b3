"""Episodes of several turns: what is sampled, what is said, what is learned from it."""

import re
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest

from cogitate.config import RLConfig
from cogitate.environments import open_env
from cogitate.errors import UsageError
from cogitate.evaluate import EvalSpec
from cogitate.evaluate.scoring import score
from cogitate.rollout.episodes import MAX_TURNS, Terms, play
from cogitate.rollout.local import LocalSampler, markers
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.rollout.together import together
from cogitate.tasks import load_family
from cogitate.tasks.files.interactive import Interactive
from cogitate.tasks.isolated import Isolated
from cogitate.thinking.machine import Markers
from cogitate.tokenizer import Tokenizer
from cogitate.train.data.curriculum import Curriculum
from cogitate.train.data.mixture import Mixture
from cogitate.train.data.rl import Group, Reinforce, chains, data
from cogitate.train.logging.stopwatch import Stopwatch
from cogitate.types import Budget, Episode, Request, Step, Task, Verdict
from tiny import ARCH, make_decoder

TOKENIZER = Tokenizer.bytes()
CLOSE = TOKENIZER.think_close
TASK = Task(key="k", family="f", level=1, question="1-7?", target="5")


class HigherLower:
    """Says higher or lower, three times."""

    def __init__(self) -> None:
        self.left, self.closed = 3, 0

    def reset(self, task: Task):
        self.number = int(task.target)
        return [{"role": "user", "content": task.question}]

    def step(self, answer: str) -> Step:
        self.left -= 1
        if answer == str(self.number):
            return Step(done=True, verdict=Verdict(reward=1.0))
        if not self.left:
            return Step(done=True, verdict=Verdict(reward=0.0, why="no guess is left"))
        word = "higher" if int(answer) < self.number else "lower"
        return Step(messages=[{"role": "user", "content": word}])

    def close(self) -> None:
        self.closed += 1


class Endless(HigherLower):
    def step(self, answer: str) -> Step:
        return Step(messages=[{"role": "user", "content": "go on"}])


class Broken(HigherLower):
    def step(self, answer: str) -> Step:
        raise RuntimeError("lost the number")


def halving(request: Request) -> list[int]:
    """Guess the middle of what is left, after a thought; reads the conversation from the prompt."""
    low, high = 1, 7
    text = TOKENIZER.decode(request.prompt, skip_special=False)
    for word in re.findall("higher|lower", text):
        middle = (low + high) // 2
        low, high = (middle + 1, high) if word == "higher" else (low, middle - 1)
    guess = TOKENIZER.encode(str((low + high) // 2))
    return [*TOKENIZER.encode("so"), CLOSE or 0, *guess, TOKENIZER.end]


def sampler(script=halving, context: int = 4096) -> ScriptedSampler:
    assert CLOSE is not None
    assert TOKENIZER.think_open is not None
    known = Markers(open=(TOKENIZER.think_open,), close=(CLOSE,), ends=TOKENIZER.eos)
    return ScriptedSampler(script, known, context=context)


def source_of(tokenizer: Tokenizer) -> Reinforce:
    return Reinforce(
        sampler=sampler(), tokenizer=tokenizer, mixture=Mixture(()),
        curriculum=Curriculum(num_levels={}), config=RLConfig(), seed=0, stopwatch=Stopwatch(),
        context=512,
    )  # fmt: skip


def played(env, history="last", task=TASK, **options) -> Episode:
    budget = Budget(think=8, answer=8)
    terms = Terms(tokenizer=TOKENIZER, budget=budget, history=history)
    (episode,) = together(sampler(**options), [play(env, task, terms, 7)])
    return episode


@pytest.mark.parametrize("history", ["last", "all"])
def test_turns_go_on_until_the_environment_is_done(history):
    env = HigherLower()
    episode = played(env, history)
    texts = [TOKENIZER.decode(turn.answer) for turn in episode.turns]
    assert texts == ["4", "6", "5"]
    assert [said[0]["content"] for said in episode.said] == ["higher", "lower"]
    assert episode.verdict.reward == 1
    assert env.closed == 1
    assert len({turn.request.seed for turn in episode.turns}) == 3


def test_history_all_is_one_sequence_and_last_is_one_for_each_turn():
    for history, num_turns in (("last", [1, 1, 1]), ("all", [3])):
        turns = played(HigherLower(), history).turns
        assert [len(chain) for chain in chains(turns)] == num_turns


@pytest.mark.parametrize("history", ["last", "all"])
def test_each_sampled_token_has_the_advantage_and_no_other(history):
    episodes = [played(HigherLower(), history, task) for task in (TASK, _with(TASK, "2"))]
    group = Group(
        task=TASK, refill_round=0, episodes=episodes, returns=[1.0, 0.0], advantages=[0.5, -0.5]
    )
    for learned in data(group, 1.0):
        assert len({datum.prompt for datum in learned}) == 1
    for episode, advantage in zip(episodes, (0.5, -0.5), strict=True):
        num_sampled = sum(sum(turn.sampled) for turn in episode.turns)
        weights = [w for part in data(group, 1.0) for datum in part for w in datum.weights]
        assert weights.count(advantage) == num_sampled
    found = [datum for part in data(group, 1.0) for datum in part]
    ends = [chain[-1] for episode in episodes for chain in chains(episode.turns)]
    assert {(*datum.prompt, *datum.completion) for datum in found} == {
        (*turn.request.prompt, *turn.tokens) for turn in ends
    }
    for datum in found:
        assert len(datum.completion) == len(datum.weights) == len(datum.logprobs or ())


def _with(task: Task, target: str) -> Task:
    return Task(key=task.key, family="f", level=1, question=task.question, target=target)


def test_an_episode_without_an_end_is_ended():
    episode = played(Endless())
    assert len(episode.turns) == MAX_TURNS
    assert episode.verdict == Verdict(reward=0.0, why=f"not done after {MAX_TURNS} turns")


def test_an_environment_that_fails_is_data():
    env = Broken()
    episode = played(env)
    assert episode.verdict.reward is None
    assert episode.verdict.why == "the verifier raised RuntimeError: lost the number"
    assert env.closed == 1


def test_an_answer_cut_off_in_the_midst_ends_the_episode():
    episode = played(Endless(), script=lambda _: [CLOSE or 0, *TOKENIZER.encode("4 4 4 4 4 4")])
    assert (len(episode.turns), episode.verdict.why) == (1, "cut off before its end")


def test_quick_turns_do_not_wait_for_slow_ones():
    """The third turn of one episode is asked before the others' environments have answered."""
    order: list[str] = []
    pending: Future[Step] = Future()

    class Waits(HigherLower):
        def begin_later(self, task: Task):
            done: Future[Step] = Future()
            done.set_result(Step(messages=self.reset(task)))
            return done

        def step_later(self, answer: str):
            return pending

    class Last(HigherLower):
        def close(self) -> None:
            order.append("quick")
            pending.set_result(Step(done=True, verdict=Verdict(reward=0.0)))

    terms = Terms(tokenizer=TOKENIZER, budget=Budget(think=8, answer=8))
    both = [play(Waits(), TASK, terms, 1), play(Last(), TASK, terms, 2)]
    slow, quick = together(sampler(), both)
    assert order == ["quick"]
    assert (len(slow.turns), len(quick.turns)) == (1, 3)


class Unready(HigherLower):
    def reset(self, task: Task):
        raise RuntimeError("no board")


def test_an_environment_that_cannot_begin_is_a_record_of_the_step():
    episode = played(Unready())
    assert episode.turns == ()
    assert episode.verdict.why == "the verifier raised RuntimeError: no board"
    group = Group(task=TASK, refill_round=0, episodes=[episode], returns=[None], advantages=[None])
    assert data(group, 1.0) == []
    (record,) = source_of(TOKENIZER)._records(group)
    assert (record["answer"], record["reward"]) == ("", None)
    assert record["why"].endswith("no board")


class Patient(HigherLower):
    """Takes any answer, and asks again."""

    def step(self, answer: str) -> Step:
        return Step(messages=[{"role": "user", "content": "again"}])


def test_a_conversation_that_outgrows_the_context_ends_with_a_verdict():
    arch = replace(ARCH, vocab_size=TOKENIZER.size, context=100)
    known = replace(markers(TOKENIZER), ends=frozenset(range(256)))  # every byte ends an answer
    local = LocalSampler(make_decoder(arch), known, rows=2)
    terms = Terms(tokenizer=TOKENIZER, budget=Budget(think=0, answer=40))
    (episode,) = together(local, [play(Patient(), TASK, terms, 1)])
    assert episode.verdict.reward == 0
    assert "no room in the context" in episode.verdict.why
    assert 1 < len(episode.turns) < MAX_TURNS
    with pytest.raises(UsageError, match="context"):
        local.sample([Request(prompt=(5,) * 200)])


FILE = """
from cogitate import Step, Verdict

def generate(split, seed, level=None):
    return {"question": "1-7?", "answer": str(seed % 7 + 1)}

class Env:
    def reset(self, task):
        self.number, self.left = int(task.target), 3
        return [{"role": "user", "content": task.question}]

    def step(self, answer):
        self.left -= 1
        if answer == str(self.number):
            return Step(done=True, verdict=Verdict(reward=1.0))
        if not self.left or not answer.isdecimal():
            return Step(done=True, verdict=Verdict(reward=0.0))
        word = "higher" if int(answer) < self.number else "lower"
        return Step(messages=[{"role": "user", "content": word}])

    def close(self):
        pass
"""


def test_a_users_environment_is_measured_turn_by_turn(tmp_path: Path):
    path = tmp_path / "higher_lower.py"
    path.write_text(FILE)
    family = load_family(str(path))
    result = score(sampler(), TOKENIZER, family, EvalSpec(n=14, budget=Budget(think=8, answer=8)))
    assert result.strict.mean == 1.0
    assert sorted(record.target for record in result.records) == sorted("1234567" * 2)
    first = next(record for record in result.records if record.target == "4")
    third = next(record for record in result.records if record.target == "5")
    assert (first.thought_tokens, third.thought_tokens) == (2, 6)


def test_a_process_that_dies_between_turns_loses_no_episode(tmp_path: Path):
    path = tmp_path / "higher_lower.py"
    path.write_text(FILE)
    family = load_family(str(path))
    task = family.generate("train", 4)
    env = open_env(family)
    env.reset(task)
    assert env.step("4").messages[0]["content"] == "higher"
    family.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert env.step("6").messages[0]["content"] == "lower"
    assert env.step("5").verdict == Verdict(reward=1.0)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("verdict=Verdict(reward=1.0)", "verdict=True", "not a Step, with a Verdict"),
        ("verdict=Verdict(reward=1.0)", "verdict=Verdict(reward=0.5)", "it must be 0 or 1"),
        ("done=True, verdict=Verdict(reward=1.0)", "verdict=Verdict(reward=1.0)", "not a Step"),
        ("if answer ==", "if 1 / 0 and answer ==", "ZeroDivisionError"),
    ],
)
def test_a_step_that_is_none_is_a_verdict_that_says_so(tmp_path: Path, old, new, why):
    path = tmp_path / "odd.py"
    path.write_text(FILE.replace(old, new))
    family = Isolated(str(path))
    env = open_env(family)
    task = family.generate("train", 4)
    env.reset(task)
    step = env.step(task.target)
    assert step.done
    assert step.verdict is not None
    assert step.verdict.reward is None
    assert why in step.verdict.why
    family.close()


def test_what_close_raises_does_not_lose_the_verdict(tmp_path: Path):
    path = tmp_path / "unclosed.py"
    path.write_text(FILE.replace("pass", "raise RuntimeError"))
    family = Isolated(str(path))
    env = open_env(family)
    env.reset(family.generate("train", 4))
    assert env.step("5").verdict == Verdict(reward=1.0)
    family.close()


def test_held_environments_are_bounded_and_found_again():
    made: list[HigherLower] = []

    def make() -> HigherLower:
        made.append(HigherLower())
        return made[-1]

    family = Interactive("f", lambda *_: {"question": "1-7?", "answer": "5"}, make, {})
    tasks = [replace(TASK, key=str(number)) for number in range(300)]
    for task in tasks:
        family.turn(task, [])
    assert sum(env.closed for env in made) == 300 - 256
    for task in tasks[-256:]:
        family.turn(task, ["4"])
    assert len(made) == 300
    family.turn(tasks[0], ["4"])
    assert len(made) == 301
