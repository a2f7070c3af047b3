from fileext import extension


def test_extension():
    assert extension("photo.png") == "png"


def test_only_the_last_part():
    assert extension("backup.tar.gz") == "gz"


def test_small_letters():
    assert extension("README.TXT") == "txt"


def test_no_extension():
    assert extension("Makefile") == ""
