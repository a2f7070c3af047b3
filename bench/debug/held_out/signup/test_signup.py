from signup import Users


def test_add():
    users = Users()
    assert users.add("Kim@Example.org", "Kim")
    assert not users.add("kim@example.org", "Other")
    assert users.name("Kim@Example.org") == "Kim"
