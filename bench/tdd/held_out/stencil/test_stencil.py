"""Tiny templates for notification mails."""

import pytest
from stencil import TemplateError, render

USER = {"user": {"name": "ada", "langs": ["python", "c"]}, "count": 3, "note": ""}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("no placeholders", "no placeholders"),
        ("{{ count }} new", "3 new"),
        ("{{count}}/{{ count }}", "3/3"),
        ("Hi {{ user.name }}!", "Hi ada!"),
        ("{ count } {{}", "{ count } {{}"),
    ],
    ids=["plain", "value", "twice", "dotted", "not-a-placeholder"],
)
def test_placeholders(template: str, expected: str) -> None:
    assert render(template, USER) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ user.name|upper }}", "ADA"),
        ("{{ user.name | title }}", "Ada"),
        ("{{ user.langs|join }}", "python, c"),
        ("{{ user.name|title|upper }}", "ADA"),
    ],
)
def test_filters(template: str, expected: str) -> None:
    assert render(template, USER) == expected


def test_default_is_used_for_missing_and_empty_values() -> None:
    assert render('{{ nick|default:"friend" }}', USER) == "friend"
    assert render('{{ note|default:"-" }}', USER) == "-"
    assert render('{{ user.name|default:"friend" }}', USER) == "ada"
    assert render('{{ user.age|default:"?" }}', USER) == "?"


def test_missing_value_without_default() -> None:
    with pytest.raises(TemplateError, match=r"unknown name: user\.mail"):
        render("{{ user.mail }}", USER)


def test_unknown_filter() -> None:
    with pytest.raises(TemplateError, match="unknown filter: shout"):
        render("{{ count|shout }}", USER)
