import pytest
from roles import Roles


@pytest.fixture
def roles():
    roles = Roles()
    roles.allow("editor", "read")
    roles.allow("editor", "write")
    roles.allow("guest", "read")
    roles.assign("mia", "editor")
    roles.assign("tom", "guest")
    return roles


def test_can(roles):
    assert roles.can("mia", "write")
    assert roles.can("tom", "read")
    assert not roles.can("tom", "write")
    assert not roles.can("eve", "read")


def test_several_roles(roles):
    roles.allow("printer", "print")
    roles.assign("tom", "printer")
    assert roles.can("tom", "print")
    assert roles.actions("tom") == ["print", "read"]  # sorted
    assert roles.actions("eve") == []


def test_unknown_role(roles):
    with pytest.raises(KeyError):
        roles.assign("tom", "boss")
