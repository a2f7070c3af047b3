from jsonconf import DEFAULTS, address, load


def test_load():
    assert load("{}") == {"host": "localhost", "port": 8080, "tags": []}
    assert load('{"host": "h", "x": 1}') == {"host": "h", "port": 8080, "tags": [], "x": 1}
    assert DEFAULTS["host"] == "localhost"


def test_address():
    assert address(load('{"host": "a"}')) == "a:8080"
