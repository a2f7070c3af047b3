from centuries import century


def test_years_of_the_20th_century():
    assert century(1901) == 20
    assert century(1999) == 20
    assert century(2000) == 20


def test_the_21st_begins_with_2001():
    assert century(2001) == 21


def test_first_century():
    assert century(1) == 1
