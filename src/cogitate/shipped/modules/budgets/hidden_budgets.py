from budgets import Budget


def test_new():
    budget = Budget({"rent": 900})
    assert budget.left("rent") == 900
    assert budget.over_limit() == {}
    assert budget.total() == 0


def test_several():
    budget = Budget({"rent": 900, "food": 200, "car": 0})
    budget.spend("rent", 900)
    budget.spend("food", 150)
    budget.spend("car", 1)
    budget.spend("food", 75)
    assert budget.left("rent") == 0
    assert budget.left("food") == -25
    assert budget.over_limit() == {"car": 1, "food": 25}
    assert list(budget.over_limit()) == ["car", "food"]
    assert budget.total() == 1126


def test_limits_are_the_budgets_own():
    limits = {"a": 10}
    budget = Budget(limits)
    budget.spend("a", 4)
    budget.spend("b", 1)
    assert limits["a"] == 10
    assert "b" not in limits
    assert budget.left("b") == -1
