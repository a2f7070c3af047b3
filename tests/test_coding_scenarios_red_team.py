"""The red team's programs where test files decide, as in `modules`: none passes."""

from collections.abc import Iterator

import pytest

from cheats import CASES, FORGING, GAMING, HONEST, Cheat
from cogitate.coding.scenarios import Scenario, program_with, read_scenarios
from cogitate.sandbox import Limits, Sandbox

LIMITS = Limits(cpu_s=1, wall_s=2.0)
PASS = {
    **dict.fromkeys(
        ("02 subclass of int", "02 subclass of list", "03 True for 1", "03 float for int",
         "03 int for float"), "equal by Python's ==, by which test files compare"),
    "32 counts calls": "has the answers of hidden tests in their order, which no program is told",
}  # fmt: skip
"""Programs that pass, and why."""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(workers=1) as opened:
        yield opened


def scenarios(function: str) -> tuple[Scenario, ...]:
    """Return tests of values, of a truth, and of an exception."""
    lines = [f"    assert {case.call} == {case.expected!r}" for case in CASES[function]]
    first = CASES[function][0].call
    tests = "\n".join([
        "def test_values():", *lines,
        "def test_truth():", f"    assert isinstance({first}, (int, str, list, float))",
        "def test_error():", f"    with pytest.raises(TypeError): {function}(None, None)",
    ])  # fmt: skip
    text = f"import pytest\nfrom shop import {function}\n{tests}\n"
    return read_scenarios(text, "shop", "test_shop.py")


def passes(sandbox: Sandbox, program: str, function: str) -> bool:
    for one in scenarios(function):
        ran = sandbox.run(program_with(program, one), [one.call], LIMITS)
        assert "got out" not in ran.stdout
        if len(ran.outcomes) != 1 or one.fault(ran.outcomes[0]):
            return False
    return True


@pytest.mark.parametrize("function", CASES)
def test_an_honest_program_passes(sandbox: Sandbox, function: str) -> None:
    assert passes(sandbox, HONEST, function)


@pytest.mark.parametrize("cheat", [*FORGING, *GAMING], ids=lambda cheat: cheat.name)
def test_no_cheat_passes(sandbox: Sandbox, cheat: Cheat) -> None:
    assert passes(sandbox, cheat.program, cheat.function) is (cheat.name in PASS)
