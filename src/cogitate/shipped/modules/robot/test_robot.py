"""F goes one step forward, L and R turn. North is up: y grows."""

import pytest
from robot import Robot


@pytest.fixture
def robot():
    return Robot(width=5, height=5)


def test_turning(robot):
    assert robot.facing == "N"
    robot.run("R")
    assert robot.facing == "E"
    robot.run("LL")
    assert robot.facing == "W"


def test_walking(robot):
    robot.run("FFRFFF")
    assert robot.position() == (3, 2)
    assert robot.facing == "E"


def test_walls_stop_it(robot):
    robot.run("LF")
    assert robot.position() == (0, 0)
    assert robot.bumps == 1


def test_unknown_command(robot):
    with pytest.raises(ValueError, match="unknown command: B"):
        robot.run("FBF")
    assert robot.position() == (0, 1)
