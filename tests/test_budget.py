import subprocess
import sys
from dataclasses import replace

import pytest

from cogitate.budget import EFFORTS, parse_budget, parse_think, think_within, with_stated
from cogitate.errors import UsageError
from cogitate.types import USUAL_ANSWER, Budget, Speed


def test_effort_is_a_fraction_of_the_context():
    assert parse_think("none", 8192) == 0
    assert parse_think("low", 8192) == 512
    assert parse_think("Max ", 8192) == 7168
    assert parse_think("low", 1024) == 64


def test_efforts_rise_and_leave_room_for_an_answer():
    shares = list(EFFORTS.values())
    assert shares == sorted(shares)
    assert shares[-1] < 1


def test_a_number_is_tokens():
    assert parse_think("0", 128) == 0
    assert parse_think("128", 128) == 128
    assert parse_budget("96", 8192, 16) == Budget(think=96, answer=16)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("hihg", "did you mean high?"),
        ("lots of it", "one of none, minimal"),
        ("-1", "neither a number"),
        ("1.5", "neither a number"),
        ("²", "neither a number"),
        ("", "neither a number"),
        ("8193", "more than the model's context of 8192"),
    ],
)
def test_nonsense_is_refused_with_what_is_known(text, says):
    with pytest.raises(UsageError, match=says):
        parse_think(text, 8192)


def test_a_deadline_leaves_time_for_a_thought_before_an_answer():
    speed = Speed(tokens_per_s=100.0)
    assert think_within(speed, 1.0, 16) == 81
    assert think_within(speed, 1.0) == 98 - 1 - USUAL_ANSWER
    assert think_within(speed, 0.01, 16) == think_within(speed, 0.22, 16) == 0
    assert think_within(replace(speed, answer=5), 1.0, 16) == 98 - 1 - 5
    assert think_within(replace(speed, answer=5, prompt_s=0.5), 1.0, 16) == 48 - 1 - 5


@pytest.mark.parametrize(
    ("budget", "taught", "stated"),
    [
        (Budget(think=500), (64, 256), 256),
        (Budget(think=30), (64, 256), 30),
        (Budget(think=500), (), 500),
        (Budget(), (64, 256), 256),
        (Budget(think=0), (64, 256), 0),
        (Budget(think=96, deadline_s=1.0, answer=16), (64, 96), 96),
        (Budget(think=80, deadline_s=1.0, answer=16), (64, 96), 64),
        (Budget(think=10, deadline_s=1.0), (64, 96), 10),
        (Budget(deadline_s=1.0, answer=16), (), None),
    ],
)
def test_the_stated_budget_is_the_largest_that_is_known_and_fits(budget, taught, stated):
    assert with_stated(budget, taught, Speed(tokens_per_s=100.0)) == replace(budget, stated=stated)


def test_under_a_deadline_no_thought_is_longer_than_any_that_was_taught():
    speed = Speed(tokens_per_s=100.0)
    late = Budget(think=500, deadline_s=60.0, answer=16)
    assert with_stated(late, (64, 256), speed) == replace(late, think=256, stated=256)
    assert with_stated(replace(late, deadline_s=1.0), (64, 256), speed).think == 256
    assert with_stated(replace(late, think=None), (64, 256), speed).think == 256
    assert with_stated(late, (), speed).think == 500
    assert with_stated(replace(late, min_think=400), (64, 256), speed).think == 400


def test_an_answer_takes_a_token():
    with pytest.raises(UsageError, match="1 or more"):
        parse_budget("low", 8192, 0)


@pytest.mark.parametrize("module", ["cogitate.budget", "cogitate.evaluate", "cogitate.ask"])
def test_needs_no_torch(module):
    code = f"import sys, {module}; sys.exit('torch' in sys.modules or 'scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
