from lendings import Library


def test_lend():
    library = Library(["Emma"])
    assert library.lend("Emma", "kim")
    assert not library.lend("Emma", "lee")
    assert library.give_back("Emma") == "kim"
    assert library.lend("Emma", "lee")
