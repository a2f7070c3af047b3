import pytest
from robot import Robot


def test_around():
    robot = Robot(width=3, height=2)
    robot.run("FRFFRFRF")
    assert robot.position() == (1, 0)
    assert robot.facing == "W"
    assert robot.bumps == 0


def test_far_walls():
    robot = Robot(width=3, height=2)
    robot.run("FFFRFFFF")
    assert robot.position() == (2, 1)
    assert robot.bumps == 4


def test_full_turns():
    robot = Robot(width=1, height=1)
    robot.run("LLLL")
    assert robot.facing == "N"
    robot.run("RR")
    assert robot.facing == "S"
    robot.run("F")
    assert robot.position() == (0, 0)
    assert robot.bumps == 1


def test_unknown_command():
    robot = Robot(width=2, height=2)
    with pytest.raises(ValueError, match="unknown command: x"):
        robot.run("Rx")
    assert robot.facing == "E"
