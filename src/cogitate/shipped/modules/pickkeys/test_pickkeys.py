from pickkeys import pick

USER = {"name": "Mia", "mail": "mia@example.org", "admin": False}


def test_only_the_named_keys_stay():
    assert pick(USER, ["name", "admin"]) == {"name": "Mia", "admin": False}


def test_missing_keys_are_left_out():
    assert pick(USER, ["name", "phone"]) == {"name": "Mia"}


def test_no_keys():
    assert pick(USER, []) == {}
