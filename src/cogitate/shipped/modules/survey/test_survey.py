import pytest
from survey import Survey


@pytest.fixture
def survey():
    return Survey("Favourite fruit?", ["apple", "pear", "plum"])


def test_results_list_all_options(survey):
    survey.answer("kim", "pear")
    survey.answer("lee", "apple")
    assert survey.results() == {"apple": 1, "pear": 1, "plum": 0}


def test_second_answer_replaces_the_first(survey):
    survey.answer("kim", "pear")
    survey.answer("kim", "plum")
    assert survey.results() == {"apple": 0, "pear": 0, "plum": 1}


def test_unknown_option(survey):
    with pytest.raises(ValueError, match="no such option: kiwi"):
        survey.answer("kim", "kiwi")


def test_closed_survey_still_reports(survey):
    assert survey.report() == "Favourite fruit? no answers"
    survey.answer("kim", "pear")
    survey.close()
    with pytest.raises(RuntimeError):
        survey.answer("lee", "pear")
    assert survey.report() == "Favourite fruit? pear (1 of 1)"
