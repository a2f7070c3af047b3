"""--name=value and --name value are options, --name alone is a flag, the rest are files."""

import pytest
from cliargs import parse

FLAGS = ["verbose", "force"]


def test_option_with_equal_sign():
    assert parse(["--out=x.txt"], FLAGS) == ({"out": "x.txt"}, [])


def test_option_with_its_value_behind():
    assert parse(["--out", "x.txt"], FLAGS) == ({"out": "x.txt"}, [])


def test_flag():
    assert parse(["--verbose", "a.txt"], FLAGS) == ({"verbose": True}, ["a.txt"])


def test_all_behind_two_dashes_are_files():
    assert parse(["a", "--", "--force", "b"], FLAGS) == ({}, ["a", "--force", "b"])


def test_errors():
    with pytest.raises(ValueError, match="--out needs a value"):
        parse(["--out"], FLAGS)
    with pytest.raises(ValueError, match="--force takes no value"):
        parse(["--force=yes"], FLAGS)
