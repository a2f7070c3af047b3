from pathnames import by_ending


def test_by_ending():
    assert by_ending(["x.tar.gz", "y.GZ"]) == {"gz": ["x.tar.gz", "y.GZ"]}
    assert by_ending(["z", "a.b/c"]) == {"": ["z", "a.b/c"]}
