"""Many askers over one sampler: each goes on as soon as its own rollouts are there."""

from collections.abc import Sequence

import pytest

from cogitate.rollout.local import LocalSampler
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.rollout.together import Asker, Refusing, together
from cogitate.train.logging.stopwatch import Stopwatch
from cogitate.types import Budget, End, Request, Rollout
from tiny import ARCH, MARKERS, make_decoder, make_requests


def chain(requests: Sequence[Request], log: list[str], name: str) -> Asker[list[Rollout]]:
    """Ask one request after the other."""
    found: list[Rollout] = []
    for number, request in enumerate(requests):
        found += yield [request]
        log.append(f"{name}{number}")
    return found


def test_each_goes_on_as_soon_as_its_own_are_there() -> None:
    decoder, log = make_decoder(), list[str]()
    short = [Request(prompt=(20 + i,), budget=Budget(answer=2), seed=i) for i in range(3)]
    long = [Request(prompt=(40,), budget=Budget(answer=30), seed=9)]
    sampler = LocalSampler(decoder, MARKERS, rows=4)
    fast, slow = together(sampler, [chain(short, log, "short"), chain(long, log, "long")])
    assert [rollout.request for rollout in fast] == short
    assert [rollout.request for rollout in slow] == long
    assert log == ["short0", "short1", "short2", "long0"]


def test_what_follows_is_rolled_out_as_if_it_had_been_asked_alone() -> None:
    decoder = make_decoder()
    first, second = make_requests(6, think=8, answer=4), make_requests(6, seed=1, think=8, answer=4)
    follows = dict(zip(first, second, strict=True))
    done: list[Request] = []

    def then(rollout: Rollout) -> list[Request]:
        done.append(rollout.request)
        return [follows[rollout.request]] if rollout.request in follows else []

    rollouts = LocalSampler(decoder, MARKERS, rows=3).sample(first, then)
    alone = LocalSampler(decoder, MARKERS, rows=3).sample([*first, *second])
    tokens = {rollout.request: rollout.tokens for rollout in rollouts}
    assert [rollout.request for rollout in rollouts[:6]] == first
    assert tokens == {rollout.request: rollout.tokens for rollout in alone}
    assert sorted(map(hash, done)) == sorted(map(hash, [*first, *second]))


def test_nothing_asked_for_and_the_same_asked_twice_are_both_answered() -> None:
    request = Request(prompt=(5,), budget=Budget(think=0, answer=3))

    def nothing_first() -> Asker[int]:
        none = yield []
        two = yield [request, request]
        return 10 * len(none) + len(two)

    sampler = ScriptedSampler(lambda _request: [7, 2], MARKERS)
    assert together(sampler, [nothing_first(), nothing_first()]) == [2, 2]
    assert together(sampler, []) == []


def test_one_request_without_room_does_not_lose_the_others() -> None:
    budget = Budget(think=0, answer=3)
    long, short = (Request(prompt=(5,) * num, budget=budget) for num in (ARCH.context, 2))
    sampler = LocalSampler(make_decoder(), MARKERS, rows=2)
    askers = [chain([request], [], "") for request in (long, short)]
    (refused,), (whole,) = together(Refusing(sampler), askers)
    assert (refused.request, refused.end, refused.tokens) == (long, End.ERROR, ())
    assert whole.tokens == sampler.sample([short])[0].tokens


def test_time_inside_is_counted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 0.0, 1.0, 4.0, 10.0, 11.0])
    monkeypatch.setattr("time.perf_counter", lambda: next(clock))
    stopwatch = Stopwatch()
    with stopwatch.measure("rollout"), stopwatch.measure("verify"):
        pass
    assert stopwatch.take() == {"verify_s": 3.0, "rollout_s": 7.0}
