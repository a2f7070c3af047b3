from menus import menu, row


def test_row():
    assert row("Tea", 2, 10) == "Tea...2.00"
    assert row("Coffee", 12.5, 12) == "Coffee.12.50"


def test_menu():
    assert menu({"b": 2, "a": 1}, 6) == "a.1.00\nb.2.00"
    assert menu({}) == ""
