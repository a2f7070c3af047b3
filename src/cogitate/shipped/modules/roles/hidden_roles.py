import pytest
from roles import Roles


def test_no_action_is_listed_twice():
    roles = Roles()
    roles.allow("a", "read")
    roles.allow("b", "read")
    roles.allow("b", "delete")
    roles.assign("kim", "a")
    roles.assign("kim", "b")
    assert roles.actions("kim") == ["delete", "read"]


def test_what_is_allowed_later_counts():
    roles = Roles()
    roles.allow("a", "read")
    roles.assign("kim", "a")
    assert not roles.can("kim", "copy")
    roles.allow("a", "copy")
    assert roles.can("kim", "copy")


def test_users_do_not_share_roles():
    roles = Roles()
    roles.allow("a", "read")
    roles.assign("kim", "a")
    assert not roles.can("lee", "read")
    assert roles.actions("lee") == []
    with pytest.raises(KeyError):
        roles.assign("lee", "b")
