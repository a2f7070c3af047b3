"""The thinking machine: every budget, every text, always an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.budget import FEW
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.thinking.loops import MIN_CYCLE, WINDOW, Loops
from cogitate.thinking.machine import Markers, Phase, ThinkingMachine
from cogitate.types import Budget, End, Request, ThoughtEnd

OPEN, CLOSE, END = 9, 10, 2
MARKERS = Markers(open=(OPEN,), close=(CLOSE,), ends=frozenset({END}))
CUED = Markers(open=(OPEN,), close=(CLOSE,), cue=(11, 12), ends=frozenset({END}))
STOP = 13
STOPPED = Markers(open=(OPEN,), close=(CLOSE,), ends=frozenset({END}), stops=frozenset({STOP}))
LONG_MARKERS = Markers(open=(OPEN,), close=(11, CLOSE), ends=frozenset({END}))


def run(machine: ThinkingMachine, script: list[int]) -> None:
    tokens = iter(script)
    while machine.phase is not Phase.DONE:
        forced = machine.forced
        machine.push(machine.allowed(next(tokens, 7)) if forced is None else forced)


@given(
    script=st.lists(st.integers(0, 12), max_size=60),
    think=st.none() | st.integers(0, 20),
    answer=st.none() | st.integers(1, 10),
    total=st.none() | st.integers(12, 30),
    room=st.integers(12, 50),
    markers=st.sampled_from([MARKERS, LONG_MARKERS]),
)
def test_a_thought_is_closed_within_its_budget_and_an_answer_follows(
    script, think, answer, total, room, markers
):
    budget = Budget(think=think, answer=answer, total=total)
    machine = ThinkingMachine((5, OPEN), budget, markers, room)
    room = min(room, total or room)
    run(machine, script)
    num_close = len(markers.close)
    assert tuple(machine.thought[-num_close:]) == markers.close
    assert machine.thought.count(CLOSE) >= 1
    assert machine.thought_end in (ThoughtEnd.NATURAL, ThoughtEnd.BUDGET)
    if think is not None:
        assert len(machine.thought) <= think + num_close
    assert 1 <= len(machine.answer) <= (answer or room)
    assert len(machine.thought) + len(machine.answer) <= room
    assert len(machine.sampled) == len(machine.thought) + len(machine.answer)
    assert machine.end is (End.DONE if machine.answer[-1] == END else End.TRUNCATED)
    assert all(machine.sampled[len(machine.thought) :])


def test_the_forced_close_is_marked_and_the_natural_one_is_not():
    forced = ThinkingMachine((OPEN,), Budget(think=2), MARKERS, 40)
    run(forced, [7, 8, 3, END])
    assert (forced.thought, forced.sampled[:3]) == ([7, 8, CLOSE], [True, True, False])
    assert forced.thought_end is ThoughtEnd.BUDGET

    natural = ThinkingMachine((OPEN,), Budget(think=9), MARKERS, 40)
    run(natural, [7, CLOSE, 3, END])
    assert (natural.thought, natural.answer) == ([7, CLOSE], [3, END])
    assert all(natural.sampled)
    assert natural.thought_end is ThoughtEnd.NATURAL


def test_an_end_of_text_inside_a_thought_closes_it_and_an_answer_follows():
    machine = ThinkingMachine((OPEN,), Budget(), MARKERS, 40)
    run(machine, [7, END, 4, END])
    assert (machine.thought, machine.answer) == ([7, END, CLOSE], [4, END])


def test_no_thinking_starts_with_the_answer_and_budget_zero_closes_at_once():
    untaught = ThinkingMachine((5, OPEN), Budget(), Markers(ends=frozenset({END})), 40)
    assert untaught.phase is Phase.ANSWER
    zero = ThinkingMachine((5, OPEN), Budget(think=0), MARKERS, 40)
    assert zero.forced == CLOSE
    run(zero, [3, END])
    assert (zero.thought, zero.answer) == ([CLOSE], [3, END])


def test_a_short_context_leaves_room_for_the_close_and_the_answer():
    machine = ThinkingMachine((OPEN,), Budget(answer=4), MARKERS, 10)
    run(machine, [7] * 50)
    assert len(machine.thought) == 6
    assert len(machine.answer) == 4


@pytest.mark.parametrize(
    "wrong", [{"think": -1}, {"answer": 0}, {"deadline_s": 0.0}, {"deadline_s": -1.0}]
)
def test_budgets_that_mean_nothing_are_refused(wrong):
    with pytest.raises(ValueError, match=r"not -?\d"):
        Budget(**wrong)


def test_the_scripted_sampler_obeys_the_machine():
    sampler = ScriptedSampler(lambda _: [7, 8, 3, END], MARKERS, context=64)
    (rollout,) = sampler.sample([Request(prompt=(5, OPEN), budget=Budget(think=2, answer=5))])
    assert (rollout.thought, rollout.answer) == ((7, 8, CLOSE), (3, END))
    assert rollout.sampled == (True, True, False, True, True)
    assert rollout.end is End.DONE


@given(
    script=st.lists(st.integers(0, 10), max_size=60),
    min_think=st.integers(0, 12),
    extra=st.integers(0, 12),
)
def test_a_thought_has_its_least_length_and_the_cue_is_marked_as_forced(script, min_think, extra):
    budget = Budget(think=min_think + extra, min_think=min_think, answer=3)
    machine = ThinkingMachine((OPEN,), budget, CUED, 60)
    run(machine, script)
    assert min_think <= len(machine.thought) - 1 <= min_think + extra
    cues = [i for i, token in enumerate(machine.thought) if token in CUED.cue]
    assert not any(machine.sampled[i] for i in cues)
    assert CLOSE not in machine.thought[:-1]


def test_a_close_that_comes_too_early_is_replaced_by_the_cue():
    machine = ThinkingMachine((OPEN,), Budget(think=20, min_think=5), CUED, 60)
    run(machine, [7, CLOSE, 8, 8, CLOSE, 3, END])
    assert machine.thought == [7, 11, 12, 8, 8, CLOSE]
    assert machine.sampled[:6] == [True, False, False, True, True, True]
    assert machine.thought_end is ThoughtEnd.NATURAL


def test_without_a_cue_a_thought_closes_when_it_wants():
    machine = ThinkingMachine((OPEN,), Budget(think=20, min_think=5), MARKERS, 60)
    run(machine, [7, CLOSE, 3, END])
    assert machine.thought == [7, CLOSE]


@pytest.mark.parametrize(
    ("script", "kept"),
    [
        ([7, 7, 7, 7, STOP, 7, 7, 7, 7, 7, 7, 7], [7, 7, 7, 7, STOP, 7, 7, 7, 7, 7]),
        ([7, 7, 7, 7, 7, 7, STOP, 7, 7], [7, 7, 7, 7, 7, 7, STOP]),
        ([7, 7, 7, 7, 7, 7, 7, 7, STOP], [7, 7, 7, 7, 7, 7, 7, 7, STOP]),
    ],
)
def test_near_its_limit_a_thought_closes_at_the_end_of_a_sentence(script, kept):
    machine = ThinkingMachine((OPEN,), Budget(think=10, soft_stop=4), STOPPED, 60)
    run(machine, script)
    assert machine.thought == [*kept, CLOSE]
    assert machine.thought_end is ThoughtEnd.BUDGET


def test_the_least_thought_holds_against_the_end_of_a_sentence():
    machine = ThinkingMachine((OPEN,), Budget(think=10, min_think=9, soft_stop=9), STOPPED, 60)
    run(machine, [STOP] * 20)
    assert machine.thought == [STOP] * 9 + [CLOSE]


def run_with_limit_tokens(
    script: list[int], *, seconds: int, reserve: int, soft_stop: int = 0
) -> ThinkingMachine:
    """Run a machine whose every token takes one of so many seconds."""
    machine = ThinkingMachine((OPEN,), Budget(soft_stop=soft_stop), STOPPED, 100)
    tokens = iter(script)
    for left in range(seconds, -1, -1):
        if machine.phase is Phase.DONE:
            break
        machine.limit_tokens(left - reserve, left)
        machine.push(next(tokens) if machine.forced is None else machine.forced)
    return machine


@given(
    script=st.lists(st.integers(3, 8), min_size=60, max_size=60),
    seconds=st.integers(5, 40),
    soft_stop=st.integers(0, 8),
)
def test_a_deadline_closes_the_thought_in_time_and_ends_the_answer(script, seconds, soft_stop):
    machine = run_with_limit_tokens(script, seconds=seconds, reserve=4, soft_stop=soft_stop)
    assert machine.thought_end is ThoughtEnd.DEADLINE
    room = seconds - 4
    assert len(machine.thought) == (room if room >= FEW else 0) + 1
    assert len(machine.thought) + len(machine.answer) == seconds
    assert machine.phase is Phase.DONE
    assert machine.end is End.TRUNCATED


def test_a_deadline_that_leaves_no_time_to_think_answers_at_once():
    machine = run_with_limit_tokens([3, END], seconds=4, reserve=4)
    assert (machine.thought, machine.answer) == ([CLOSE], [3, END])
    assert (machine.thought_end, machine.end) == (ThoughtEnd.DEADLINE, End.DONE)


def test_a_thought_with_room_for_a_few_tokens_only_stays_empty():
    assert len(run_with_limit_tokens([3] * 30, seconds=4 + FEW, reserve=4).thought) == FEW + 1
    assert run_with_limit_tokens([3] * 30, seconds=3 + FEW, reserve=4).thought == [CLOSE]


def test_a_soft_stop_too_leaves_a_thought_a_few_tokens():
    machine = run_with_limit_tokens([STOP] + [3] * 30, seconds=10, reserve=4, soft_stop=6)
    assert machine.thought == [STOP, 3, 3, 3, 3, 3, CLOSE]


def test_before_a_deadline_too_a_sentence_is_ended_rather_than_broken():
    machine = run_with_limit_tokens([3] * 5 + [STOP] + [3] * 30, seconds=14, reserve=4, soft_stop=6)
    assert machine.thought == [3] * 5 + [STOP, CLOSE]


def test_a_thought_that_goes_in_circles_is_closed_and_an_answer_follows():
    looping = [3, 4, 5] * 40
    machine = ThinkingMachine((OPEN,), Budget(think=100, break_loops=True), MARKERS, 200)
    run(machine, [*looping, 6, END])
    assert machine.thought_end is ThoughtEnd.LOOP
    assert machine.thought == [*looping[: 3 + MIN_CYCLE], CLOSE]
    patient = ThinkingMachine((OPEN,), Budget(think=100), MARKERS, 200)
    run(patient, looping)
    assert patient.thought_end is ThoughtEnd.BUDGET


def test_an_answer_that_goes_in_circles_is_cut_off():
    machine = ThinkingMachine((OPEN,), Budget(think=0, break_loops=True), MARKERS, 500)
    run(machine, [3, 4] * 200)
    assert (len(machine.answer), machine.end) == (2 + MIN_CYCLE, End.TRUNCATED)


@given(
    head=st.lists(st.integers(0, 500), max_size=100),
    pattern=st.lists(st.integers(0, 500), min_size=1, max_size=64),
)
def test_every_exact_cycle_is_seen_by_its_fifth_round(head, pattern):
    loops, rounds = Loops(), max(5, -(-MIN_CYCLE // len(pattern)) + 1)
    assert any(loops.push(token) for token in [*head, *pattern * rounds])


def test_a_circle_in_which_one_word_changes_is_seen():
    loops = Loops()
    words = [word for i in range(60) for word in (20, 21, 22, 23, 24, 25, 26, 27, i % 3)]
    assert any(loops.push(word) for word in words)


@given(st.lists(st.integers(0, 500), min_size=WINDOW, max_size=4 * WINDOW, unique=True))
def test_words_that_are_new_are_no_loop(words):
    loops = Loops()
    assert not any(loops.push(word) for word in words)


# ---------------------------------------------------------------- one block of code

WORDS = {
    3: "x",
    4: "\n",
    5: "```",
    6: "\n\n",
    7: "python",
    8: "``",
    9: "`\n",
    11: "~~~~",
    12: "",
    13: "",
}
WITH_TEXT = Markers(close=(12,), open=(13,), ends=frozenset({END}), text=WORDS.__getitem__)
BLOCK = Budget(one_block=True)


def first_block(text: str) -> int | None:
    """Return the characters up to the end of the first block, the obvious way."""
    fence, at = "", 0
    for line in text.splitlines(keepends=True):
        at += len(line)
        mark = line.strip()
        if not line.endswith("\n"):
            return None
        if fence and mark.startswith(fence) and set(mark) <= {fence[0]}:
            return at
        if not fence and mark.startswith(("```", "~~~")):
            fence = mark[: len(mark) - len(mark.lstrip(mark[0]))]
    return None


@given(st.lists(st.sampled_from([3, 4, 5, 6, 7, 8, 9, 11]), max_size=14))
def test_an_answer_ends_with_the_token_that_completes_its_first_block(script):
    machine = ThinkingMachine((3,), BLOCK, WITH_TEXT, 20)
    for token in script:
        if machine.phase is Phase.DONE:
            break
        assert machine.quiet == 0
        machine.push(token)
    text = "".join(WORDS[token] for token in script)
    written = "".join(WORDS[token] for token in machine.answer)
    found = first_block(text)
    assert (machine.end is End.DONE) == (machine.phase is Phase.DONE) == (found is not None)
    assert text.startswith(written)
    if found is not None:
        assert found <= len(written) <= found + 1


@pytest.mark.parametrize(
    ("prompt", "script", "is_done"),
    [
        ([3], [5, 4, 3, 4, 5, 4], True),  # a bare fence opens a block
        ([3], [5, 4, 3, 4], False),
        ([3], [5, 7, 4, 3, 4, 5], False),  # not before the line ends
        ([5, 7, 4], [3, 4, 5, 4], True),  # the prompt has opened it
        ([5, 7, 4], [3, 4, 5, 7, 4], False),
        ([11, 4], [5, 4, 5, 4], False),  # another fence
        ([11, 4], [3, 4, 11, 4], True),
    ],
)
def test_a_block_may_be_opened_by_any_fence_or_by_the_prompt(prompt, script, is_done):
    machine = ThinkingMachine(tuple(prompt), BLOCK, WITH_TEXT, 20)
    for token in script:
        machine.push(token)
    assert (machine.phase is Phase.DONE) == is_done


def test_blocks_are_looked_for_in_the_answer_alone():
    machine = ThinkingMachine((13,), Budget(one_block=True, think=8), WITH_TEXT, 30)
    for token in (5, 4, 3, 4, 5, 4, 12):
        machine.push(token)
    assert machine.phase is Phase.ANSWER
    for token in (5, 4, 5, 4):
        machine.push(token)
    assert (machine.end, machine.answer) == (End.DONE, [5, 4, 5, 4])
