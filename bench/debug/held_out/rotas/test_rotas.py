from rotas import cook, plan


def test_first_week():
    assert plan(["ann", "ben", "cem"])["Thu"] == "ann"


def test_second_week_starts_with_the_second():
    assert cook(["ann", "ben", "cem"], "Mon", week=1) == "ben"
