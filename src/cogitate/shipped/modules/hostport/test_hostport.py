"""Ports are numbers from 1 to 65535."""

import pytest
from hostport import parse_address


def test_host_and_port():
    assert parse_address("example.org:8080") == ("example.org", 8080)


def test_port_is_80_by_default():
    assert parse_address("example.org") == ("example.org", 80)


def test_other_default():
    assert parse_address("db", default_port=5432) == ("db", 5432)


@pytest.mark.parametrize("text", ["host:abc", "host:", ":80", "host:70000", "host:0"])
def test_invalid(text):
    with pytest.raises(ValueError):
        parse_address(text)
