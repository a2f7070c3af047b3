"""Schedules: a puzzle is in one split in whatever words."""

from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from cogitate.tasks.families.schedule import Rule, _checked, _content

KINDS = st.sampled_from(
    ("before", "right before", "apart", "first", "last", "not first", "not last")
)
PAIRS = st.permutations(("bake", "iron", "read", "wash")).map(lambda order: order[:2])
RULES = st.lists(
    st.builds(
        lambda kind, pair: Rule(kind, *pair) if kind in PAIRED else Rule(kind, pair[0]),
        KINDS,
        PAIRS,
    ),
    max_size=4,
)
PAIRED = ("before", "right before", "apart")


def test_a_puzzle_whose_rule_is_turned_round_is_the_same() -> None:
    things = ("bake", "iron", "read")
    rules = (Rule("apart", "iron", "bake"), Rule("before", "read", "iron"))
    turned = (Rule("before", "read", "iron"), Rule("apart", "bake", "iron"))
    other = (Rule("before", "iron", "read"), Rule("apart", "bake", "iron"))
    assert _content((things, rules)) == _content((things, turned)) != _content((things, other))


@given(rules=RULES)
def test_a_thought_names_the_rule_that_a_try_breaks(rules: list[Rule]) -> None:
    for order in permutations(("bake", "iron", "read", "wash")):
        for end in range(1, 5):
            begun = order[:end]
            is_broken = any(rule.broken(begun, 4) for rule in rules)
            text, is_kept = _checked(rules, begun, 4)
            assert text.endswith(" no") == is_broken != is_kept


def test_a_thought_checks_the_rules_that_concern_a_try() -> None:
    rules = [
        Rule("before", "read", "iron"),
        Rule("last", "wash"),
        Rule("right before", "bake", "read"),
    ]
    for begun, checked in (
        (("bake",), (": bake right before read ok", True)),
        (("bake", "read"), (": read before iron ok, bake right before read ok", True)),
        (("bake", "wash"), (": wash last no", False)),
    ):
        assert _checked(rules, begun, 4) == checked
    assert _checked([Rule("not first", "wash")], ("bake",), 4) == ("", True)
