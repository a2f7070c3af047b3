from formcheck import check

ORDER = {
    "id": {"type": "int", "required": True, "min": 1},
    "customer": {
        "type": "dict",
        "required": True,
        "fields": {
            "mail": {"type": "str", "required": True, "max_length": 12},
            "kind": {"type": "str", "choices": ["shop", "private"]},
        },
    },
    "lines": {
        "type": "list",
        "items": {
            "type": "dict",
            "fields": {
                "sku": {"type": "str", "required": True},
                "count": {"type": "int", "min": 1},
            },
        },
    },
}


def test_good():
    data = {
        "id": 1,
        "customer": {"mail": "a@b.example", "kind": "shop"},
        "lines": [{"sku": "x", "count": 1}, {"sku": "y"}],
    }
    assert check(data, ORDER) == []


def test_lists_of_dicts():
    data = {"id": 1, "customer": {"mail": "a@b"}, "lines": [{"sku": "x", "count": 0}, {}, 7]}
    assert check(data, ORDER) == [
        "lines[0].count: must be at least 1",
        "lines[1].sku: required",
        "lines[2]: expected dict, got int",
    ]


def test_empty_form():
    assert check({}, ORDER) == ["id: required", "customer: required"]
    assert check({}, {}) == []
    assert check({"a": 1, "b": 2}, {}) == ["a: unknown field", "b: unknown field"]


def test_wrong_container():
    data = {"id": 5, "customer": ["a"], "lines": "x"}
    assert check(data, ORDER) == [
        "customer: expected dict, got list",
        "lines: expected list, got str",
    ]


def test_bounds():
    field = {"n": {"type": "int", "min": 0}, "s": {"type": "str", "max_length": 3}}
    assert check({"n": 0, "s": "abc"}, field) == []
    assert check({"n": -1, "s": "abcd"}, field) == [
        "n: must be at least 0",
        "s: longer than 3 characters",
    ]


def test_deep_errors():
    data = {"id": 0, "customer": {"mail": "somebody@example.org", "kind": "x", "y": 1}, "z": 1}
    assert check(data, ORDER) == [
        "id: must be at least 1",
        "customer.mail: longer than 12 characters",
        "customer.kind: must be one of shop, private",
        "customer.y: unknown field",
        "z: unknown field",
    ]
