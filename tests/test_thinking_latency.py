"""What deadlines are estimated with: measured speed, usual answers, and what others may take."""

from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from itertools import count

import pytest
import torch

from cogitate.budget import think_within
from cogitate.engine.engine import Engine
from cogitate.engine.prefix_cache import Prefix, Prefixes
from cogitate.engine.scheduler import Scheduler
from cogitate.engine.sequence import SequenceState
from cogitate.errors import OverloadedError, UsageError
from cogitate.thinking.latency import LatencyModel, Pace
from cogitate.thinking.machine import Markers
from cogitate.types import Budget, Request, Rollout
from tiny import ARCH, MARKERS, Clock, make_decoder, make_requests


def schedule() -> LatencyModel:
    found = LatencyModel(num_close=1)
    found.steps.saw(1, 0.03)
    found.prompts.saw(64, 0.1)
    return found


def test_an_answer_is_estimated_as_long_as_the_model_was_taught_until_some_were_seen() -> None:
    budget, known = Budget(deadline_s=1.0, answer=64), schedule()
    with pytest.raises(OverloadedError, match=r"the soonest would take 1\.4 s"):
        known.need_time([budget], 1.0, 1, 64)
    known.forget_answers(8)
    known.need_time([budget], 1.0, 1, 64)
    for _ in range(8):
        known.saw_answer(40, whole=True, forced=False)
    with pytest.raises(OverloadedError):
        known.need_time([budget], 1.0, 1, 64)


def test_forced_answers_count_until_there_are_others() -> None:
    known = schedule()
    for _ in range(20):
        known.saw_answer(10, whole=False, forced=True)
    assert known.kept(None) == 1 + 20
    for _ in range(8):
        known.saw_answer(2, whole=True, forced=False)
    assert known.kept(None) == 1 + 2


def test_reading_the_question_takes_of_the_time_for_a_thought() -> None:
    known = schedule()
    known.forget_answers(3)
    speed = known.speed()
    assert (speed.answer, speed.prompt_s) == (3, 0.1)
    assert think_within(speed, 1.0) == int((1.0 - 0.02 - 0.1) / 0.03) - 1 - 3


def rambling(known: LatencyModel) -> None:
    for _ in range(64):
        known.saw_answer(60, whole=False, forced=False)


def refusals(known: LatencyModel, deadline_s: float, num_rows: int = 1) -> int:
    """Ask sixteen times; return how often it was refused."""
    num = 0
    for _ in range(16):
        try:
            known.need_time([Budget(deadline_s=deadline_s, answer=64)], deadline_s, num_rows, 64)
        except OverloadedError:
            num += 1
    return num


def test_what_was_possible_once_is_tried_now_and_then_where_nobody_else_runs() -> None:
    known = schedule()
    known.forget_answers(8)
    assert refusals(known, 1.0) == 0
    rambling(known)
    assert refusals(known, 1.0) == 14
    assert refusals(known, 1.0, num_rows=2) == 16
    assert refusals(known, 0.4) == 16  # it never was


def test_one_slow_step_is_no_new_speed() -> None:
    known = schedule()
    for seconds in (0.03, 0.03, 3.0):
        known.steps.saw(1, seconds)
    assert known.steps.expect(1) == 0.03


def test_a_few_that_ramble_are_no_reason_to_refuse() -> None:
    known = schedule()
    known.forget_answers(8)
    for num_tokens in [8] * 7 + [60]:
        known.saw_answer(num_tokens, whole=num_tokens == 8, forced=True)
    assert known.kept(None) > 8
    assert refusals(known, 0.5) == 0


def test_a_long_prompt_gets_an_eighth_of_the_time_beside_deadlines() -> None:
    known = schedule()
    known.chunks.saw(64, 0.1)
    spared = [known.can_spare(64, 1, fits=True) for _ in range(280)]
    assert sum(spared) * 0.1 == pytest.approx(0.125 * 280 * 0.03, rel=0.1)
    assert not spared[0]


def test_a_long_prompt_that_never_fits_is_only_slower() -> None:
    known = schedule()
    known.chunks.saw(16, 0.1)
    spared = [known.can_spare(16, 1, fits=False) for _ in range(500)]
    assert sum(spared) * 0.4 == pytest.approx(0.125 * 500 * 0.03, rel=0.15)


def test_an_urgent_long_prompt_passes_one_that_is_not() -> None:
    scheduler = Scheduler(16, Prefixes(0))
    for length, deadline_s in ((100, None), (50, 3.0)):
        request = Request(prompt=(5,) * length, budget=Budget(answer=4, deadline_s=deadline_s))
        scheduler.add(SequenceState(length, request, MARKERS, 50, 0.0))
    scheduler.take(free=4, room=100)
    turn = scheduler.chunk(16)
    assert turn is not None
    assert len(turn[0].prompt) == 50


def test_what_is_known_of_a_prompt_is_not_counted() -> None:
    prefixes, prompt = Prefixes(100), tuple(range(60))
    prefixes.keep(
        Prefix(tokens=prompt[:40], keys=torch.zeros(1, 1, 40, 1), values=torch.zeros(1, 1, 40, 1))
    )
    scheduler = Scheduler(30, prefixes)
    assert scheduler.num_tokens({prompt}) == 20
    for number, whole in enumerate([(7,), prompt, (*prompt, 1)]):
        scheduler.add(SequenceState(number, Request(prompt=whole), MARKERS, 50, 0.0))
    assert [len(group.prompt) for group in scheduler.take(free=4, room=10)] == [1]
    assert [len(group.prompt) for group in scheduler.take(free=4, room=41)] == [60, 61]
    assert scheduler.chunk(16) is None


def timed(monkeypatch: pytest.MonkeyPatch, rows: int = 2) -> tuple[Clock, Engine]:
    clock = Clock(monkeypatch)
    return clock, Engine(make_decoder(), MARKERS, rows=rows, clock=clock)


def within(seconds: float) -> Request:
    (request,) = make_requests(1, answer=8)
    return replace(request, budget=Budget(think=4, answer=8, deadline_s=seconds))


def test_a_machine_that_was_slow_is_measured_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, engine = timed(monkeypatch)
    clock.factor = 3.0
    engine.warm(answer=8)
    with pytest.raises(OverloadedError):
        engine.submit(within(0.3))
    clock.factor = 1.0
    engine.submit(within(0.3))


def test_what_others_compute_between_steps_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, engine = timed(monkeypatch)
    (request,) = make_requests(1, answer=12)
    engine.submit(request)
    while not engine.idle:
        engine.step()
        clock.now += 0.5
    assert engine.speed().tokens_per_s < 2


def test_a_rest_is_no_slow_step(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, engine = timed(monkeypatch)
    first, second = make_requests(2, answer=12)
    number = engine.submit(first)
    engine.step()
    engine.cancel(number)
    clock.now += 50
    engine.submit(second)
    while not engine.idle:
        engine.step()
    engine.submit(within(1.0))


def test_answers_without_a_deadline_teach_nothing_about_those_with_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, engine = timed(monkeypatch)
    engine.warm(answer=8)
    for request in make_requests(9, answer=60):
        engine.submit(request)
        while not engine.idle:
            engine.step()
    assert engine.speed().answer == 8


def test_more_than_can_ever_run_together_are_no_matter_of_time() -> None:
    engine = Engine(make_decoder(), MARKERS, rows=2)
    with pytest.raises(UsageError, match="at most 2 answers at once"):
        engine.submit_all([within(5.0)] * 3)


def test_short_prompts_do_not_wait_for_long_ones() -> None:
    scheduler = Scheduler(16, Prefixes(0))
    for length in (100, 10, 12):
        request = Request(prompt=tuple(range(length)), budget=Budget(answer=4))
        scheduler.add(SequenceState(length, request, MARKERS, 50, 0.0))
    own = tuple(range(5))
    assert scheduler.num_tokens({own}) == 10 + 12 + 5
    assert scheduler.num_tokens({tuple(range(10))}) == 10 + 12
    assert scheduler.num_tokens({tuple(range(50))}) == 100 + 10 + 12 + 50
    scheduler.take(free=4, room=100)
    assert scheduler.num_tokens({own}) == 5
    assert scheduler.num_tokens({tuple(range(50))}) == 100 + 50


def test_one_slow_step_is_no_new_pace() -> None:
    pace, now = Pace(), 0.0
    assert pace.seconds(0.02) == 0.02
    for seconds in [0.05] * 7 + [0.45]:
        pace.tick(now)
        now += seconds
    assert pace.seconds(0.02) == pytest.approx(0.05)
    pace.tick(now)
    assert pace.seconds(0.02) == pytest.approx(0.1)
    pace.tick(now + 0.45)
    assert pace.seconds(0.02) == pytest.approx(0.45)


def test_chunks_of_long_prompts_are_measured_for_themselves() -> None:
    known = schedule()
    known.saw_step(1, 0, 0, 0.03)
    known.saw_step(1, 20, 0, 0.05)
    known.saw_step(1, 20, 16, 0.15)
    assert known.steps.expect(1) == pytest.approx(0.03)
    assert known.prompts.expect(20) == pytest.approx(0.02)
    assert known.chunks.expect(16) == pytest.approx(0.1)


def test_questions_asked_before_say_how_long_answers_are() -> None:
    brief = replace(MARKERS, ends=frozenset(range(150)))
    urgent = Request(prompt=(5, 9), budget=Budget(deadline_s=0.8))
    for usual, is_refused in (([], True), (make_requests(12, think=5, answer=20), False)):
        engine = Engine(make_decoder(), brief, rows=4, clock=partial(next, count(0.0, 0.01)))
        engine.warm(32, usual)
        with pytest.raises(OverloadedError) if is_refused else nullcontext():
            engine.submit(urgent)


def test_rows_with_deadlines_that_begin_together_are_not_stalled_by_a_long_prompt(monkeypatch):
    """Nothing runs at first: the long prompt must not take a whole piece in their first step."""
    never = Markers(open=(9,), close=(10,))
    decoder = make_decoder(replace(ARCH, context=2048))
    engine = Engine(decoder, never, rows=12, chunk=1000, clock=Clock(monkeypatch))
    engine.warm(8)
    engine.submit(Request(prompt=(5,) * 1500, budget=Budget(answer=1)))
    budget, rounds = Budget(deadline_s=0.2, answer=8), list[list[Rollout]]()
    for _ in range(3):
        for request in make_requests(6):
            engine.submit(replace(request, budget=budget))
        rounds.append([])
        while len(rounds[-1]) < 6:
            events = [event.rollout for event in engine.step() if event.rollout is not None]
            rounds[-1] += [rollout for rollout in events if rollout.request.budget is budget]
    for rollout in (rollout for found in rounds for rollout in found):
        assert len(rollout.answer) == 8
        assert rollout.seconds <= 0.2
