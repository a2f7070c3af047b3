from permits import ROLES, may, rights


def test_rights():
    assert rights(["owner", "ghost"]) == {"read", "write", "delete"}
    assert rights([]) == set()
    assert not may(["reader", "reader"], "write")
    rights(["reader", "owner"])
    assert ROLES["reader"] == {"read"}
