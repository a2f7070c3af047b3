import pytest
from survey import Survey


def test_report():
    survey = Survey("Day?", ["Mon", "Tue"])
    survey.answer("a", "Tue")
    survey.answer("b", "Tue")
    survey.answer("c", "Mon")
    assert survey.report() == "Day? Tue (2 of 3)"
    survey.answer("a", "Mon")
    assert survey.report() == "Day? Mon (2 of 3)"
    assert survey.results() == {"Mon": 2, "Tue": 1}


def test_refused_answer_changes_nothing():
    survey = Survey("Q?", ["yes", "no"])
    survey.answer("a", "no")
    with pytest.raises(ValueError, match="no such option: maybe"):
        survey.answer("a", "maybe")
    assert survey.results() == {"yes": 0, "no": 1}
    survey.close()
    with pytest.raises(RuntimeError):
        survey.answer("a", "yes")
    assert survey.results() == {"yes": 0, "no": 1}


def test_new():
    survey = Survey("Q?", ["x"])
    assert survey.results() == {"x": 0}
    survey.close()
    assert survey.report() == "Q? no answers"
