from permits import may


def test_one_role():
    assert may(["editor"], "write")


def test_several_roles():
    assert may(["editor", "reader"], "write")
