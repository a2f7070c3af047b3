"""The thinking machine: every budget, every text, always an answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.rollout.scripted import ScriptedSampler
from cogitate.rollout.thinking import Markers, Phase, ThinkingMachine
from cogitate.types import Budget, End, Request, ThoughtEnd

OPEN, CLOSE, END = 9, 10, 2
MARKERS = Markers(open=(OPEN,), close=(CLOSE,), ends=frozenset({END}))
CUED = Markers(open=(OPEN,), close=(CLOSE,), cue=(11, 12), ends=frozenset({END}))
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
    room=st.integers(12, 50),
    markers=st.sampled_from([MARKERS, LONG_MARKERS]),
)
def test_a_thought_is_closed_within_its_budget_and_an_answer_follows(
    script, think, answer, room, markers
):
    machine = ThinkingMachine((5, OPEN), Budget(think=think, answer=answer), markers, room)
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
    least=st.integers(0, 12),
    extra=st.integers(0, 12),
)
def test_a_thought_has_its_least_length_and_the_cue_is_marked_as_forced(script, least, extra):
    budget = Budget(think=least + extra, least=least, answer=3)
    machine = ThinkingMachine((OPEN,), budget, CUED, 60)
    run(machine, script)
    assert least <= len(machine.thought) - 1 <= least + extra
    cues = [i for i, token in enumerate(machine.thought) if token in CUED.cue]
    assert not any(machine.sampled[i] for i in cues)
    assert CLOSE not in machine.thought[:-1]


def test_a_close_that_comes_too_early_is_replaced_by_the_cue():
    machine = ThinkingMachine((OPEN,), Budget(think=20, least=5), CUED, 60)
    run(machine, [7, CLOSE, 8, 8, CLOSE, 3, END])
    assert machine.thought == [7, 11, 12, 8, 8, CLOSE]
    assert machine.sampled[:6] == [True, False, False, True, True, True]
    assert machine.thought_end is ThoughtEnd.NATURAL


def test_without_a_cue_a_thought_closes_when_it_wants():
    machine = ThinkingMachine((OPEN,), Budget(think=20, least=5), MARKERS, 60)
    run(machine, [7, CLOSE, 3, END])
    assert machine.thought == [7, CLOSE]
