"""Schedules: a puzzle is in one split in whatever words."""

from cogitate.tasks.families.schedule import Rule, _content


def test_a_puzzle_whose_rule_is_turned_round_is_the_same() -> None:
    things = ("bake", "iron", "read")
    rules = (Rule("apart", "iron", "bake"), Rule("before", "read", "iron"))
    turned = (Rule("before", "read", "iron"), Rule("apart", "bake", "iron"))
    other = (Rule("before", "iron", "read"), Rule("apart", "bake", "iron"))
    assert _content((things, rules)) == _content((things, turned)) != _content((things, other))
