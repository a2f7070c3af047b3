import pytest
from stencil import TemplateError, render

DATA = {
    "order": {"id": 17, "ship": {"city": "new york"}},
    "items": ["pen", "ink", "paper"],
    "zero": 0,
    "blank": "",
}


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("", ""),
        ("{{order.id}}", "17"),
        ("To {{ order.ship.city|title }}.", "To New York."),
        ("{{ items|join|upper }}", "PEN, INK, PAPER"),
        ("a\n{{ order.id }}\nb", "a\n17\nb"),
        ("{{ blank }}|", "|"),
        ("{{ zero }}", "0"),
        ('{{ order.ship.zip|default:"n/a" }}', "n/a"),
        ('{{ blank|default:"some text"|upper }}', "SOME TEXT"),
        ('{{ order.id|default:"x" }}{{ gone|default:"y" }}', "17y"),
    ],
)
def test_render(template, expected):
    assert render(template, DATA) == expected


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ missing }}", "unknown name: missing"),
        ("ok {{ order.id }} {{ order.total|upper }}", r"unknown name: order\.total"),
        ("{{ nothing.at.all }}", r"unknown name: nothing\.at\.all"),
        ("{{ items|sort }}", "unknown filter: sort"),
        ("{{ items|join|shuffle }}", "unknown filter: shuffle"),
    ],
)
def test_errors(template, message):
    with pytest.raises(TemplateError, match=message):
        render(template, DATA)


def test_values_are_not_rendered_again():
    assert render("{{ a }}", {"a": "{{ b }}", "b": 1}) == "{{ b }}"
