import pytest
from scrub import scrub


@pytest.mark.parametrize(
    ("line", "clean"),
    [
        ("secret=s3cr3t!", "secret=***"),
        ("Password: hunter2 retry=1", "Password: *** retry=1"),
        ("a=1&secret=x&b=2", "a=1&secret=***&b=2"),
        ("TOKEN=1,SECRET=2,other=3", "TOKEN=***,SECRET=***,other=3"),
        ("curl -H 'x' Bearer abc-def_1 done", "curl -H 'x' Bearer *** done"),
        ("password=p@ss/w0rd:x end", "password=*** end"),
        ("token: t1, password: p1", "token: ***, password: ***"),
    ],
)
def test_secrets(line, clean):
    assert scrub(line) == clean


@pytest.mark.parametrize("line", ["", "GET /tokens/list 200", "password changed", "secret plans"])
def test_harmless(line):
    assert scrub(line) == line


def test_twice_is_the_same():
    once = scrub("password=abc token: def")
    assert scrub(once) == once
