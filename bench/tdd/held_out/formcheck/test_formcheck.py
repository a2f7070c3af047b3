"""Checks submitted forms against a description of their fields.

Errors come as a list of "path: message" strings, in the order of the description;
unknown fields are reported last, in the order of the form.
"""

import pytest
from formcheck import check

FORM = {
    "name": {"type": "str", "required": True, "max_length": 10},
    "age": {"type": "int", "min": 18},
    "role": {"type": "str", "choices": ["admin", "user"]},
    "address": {"type": "dict", "fields": {"city": {"type": "str", "required": True}}},
    "tags": {"type": "list", "items": {"type": "str"}},
}


def test_complete_form():
    data = {
        "name": "Ada",
        "age": 36,
        "role": "admin",
        "address": {"city": "London"},
        "tags": ["math", "poetry"],
    }
    assert check(data, FORM) == []


def test_optional_fields_may_be_missing():
    assert check({"name": "Ada"}, FORM) == []


@pytest.mark.parametrize(
    ("extra", "errors"),
    [
        ({"age": "36"}, ["age: expected int, got str"]),
        ({"age": True}, ["age: expected int, got bool"]),
        ({"age": 17}, ["age: must be at least 18"]),
        ({"role": "root"}, ["role: must be one of admin, user"]),
        ({"name": "Ada Lovelace"}, ["name: longer than 10 characters"]),
        ({"address": {}}, ["address.city: required"]),
        ({"tags": ["a", 1]}, ["tags[1]: expected str, got int"]),
        ({"color": "red"}, ["color: unknown field"]),
    ],
)
def test_one_error(extra, errors):
    assert check({"name": "Ada", **extra}, FORM) == errors


def test_several_errors():
    data = {"nick": "x", "address": {"city": 5, "zip": 1}, "age": 3}
    assert check(data, FORM) == [
        "name: required",
        "age: must be at least 18",
        "address.city: expected str, got int",
        "address.zip: unknown field",
        "nick: unknown field",
    ]
