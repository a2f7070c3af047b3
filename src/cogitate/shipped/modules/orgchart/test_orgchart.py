import pytest
from orgchart import Company


@pytest.fixture
def company():
    company = Company("Ada")
    company.hire("Ben", boss="Ada")
    company.hire("Cem", boss="Ben")
    company.hire("Dee", boss="Ada")
    return company


def test_bosses_up_to_the_top(company):
    assert company.bosses("Cem") == ["Ben", "Ada"]
    assert company.bosses("Ada") == []


def test_team_are_direct_reports_only(company):
    assert company.team("Ada") == ["Ben", "Dee"]
    assert company.team("Cem") == []


def test_who_reports_to_somebody_who_leaves_moves_up(company):
    company.leave("Ben")
    assert company.bosses("Cem") == ["Ada"]
    assert company.team("Ada") == ["Cem", "Dee"]  # by name


def test_top_cannot_leave_and_bosses_must_be_known(company):
    with pytest.raises(ValueError):
        company.leave("Ada")
    with pytest.raises(KeyError):
        company.hire("Eli", boss="Zed")
