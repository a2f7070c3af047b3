import pytest
from signup import Users


def test_name():
    users = Users()
    users.add(" a@b.c ", "A")
    assert users.name("A@B.C") == "A"
    assert users.name(" a@b.c") == "A"
    assert len(users) == 1


def test_unknown():
    with pytest.raises(KeyError):
        Users().name("x@y.z")
