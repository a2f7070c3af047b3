from budgets import Budget


def test_left():
    budget = Budget({"food": 300, "fun": 100})
    budget.spend("food", 120)
    budget.spend("food", 30)
    assert budget.left("food") == 150
    assert budget.left("fun") == 100


def test_over_limit_is_sorted_by_name():
    budget = Budget({"food": 50, "books": 20, "fun": 100})
    budget.spend("food", 60)
    budget.spend("books", 25)
    budget.spend("fun", 100)
    assert budget.over_limit() == {"books": 5, "food": 10}
    assert list(budget.over_limit()) == ["books", "food"]


def test_unknown_category_has_no_limit():
    budget = Budget({"food": 50})
    budget.spend("gifts", 15)
    assert budget.left("gifts") == -15
    assert budget.left("travel") == 0
    assert budget.over_limit() == {"gifts": 15}


def test_total():
    budget = Budget({"food": 50})
    assert budget.total() == 0
    budget.spend("food", 20)
    budget.spend("gifts", 5)
    assert budget.total() == 25
