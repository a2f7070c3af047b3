from recipes import scale, share


def test_share():
    assert share({"serves": 1, "amounts": {"a": 1, "b": 3}}, "a") == 0.25
    assert share({"serves": 1, "amounts": {"a": 1, "b": 3}}, "z") == 0
    assert share({"serves": 1, "amounts": {"a": 0}}, "a") == 0


def test_scale():
    assert scale({"serves": 3, "amounts": {"egg": 2}}, 4) == {"egg": 2.7}
