from recipes import scale, share

DOUGH = {"serves": 4, "amounts": {"flour": 500, "water": 300, "salt": 10}}


def test_scale():
    assert scale(DOUGH, 2) == {"flour": 250, "water": 150, "salt": 5}


def test_share_of_nothing():
    assert share({"serves": 1, "amounts": {}}, "salt") == 0
