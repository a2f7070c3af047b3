from doubled import double_letters


def test_double_letters():
    assert double_letters("Hello") == "HHeelllloo"
    assert double_letters("1!") == "11!!"
    assert double_letters("zz") == "zzzz"
