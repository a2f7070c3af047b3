"""The level is what attempts to get out have shown, as root, as a user, and with walls missing."""

import json
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from cogitate.errors import UsageError
from cogitate.sandbox import LEVELS, Level, levels
from cogitate.sandbox.suites import enclosure
from cogitate.sandbox.system_calls import MACHINES, denying_alone, program, this_machine
from cogitate.sandbox.walls import WALLS

SOURCES = Path(levels.__file__).parents[2]
SCRIPT = """
import ctypes, json, os, platform, struct, sys

def deny(number, argument=None):
    '''Let a system call fail with EPERM, as a container may.'''
    steps = [(0x20, 0, 0, 0), (0x15, 0, 1 if argument is None else 3, number)]
    if argument is not None:
        steps += [(0x20, 0, 0, 16), (0x15, 0, 1, argument)]
    steps += [(0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7FFF0000)]
    code = b"".join(struct.pack("=HBBI", *step) for step in steps)

    class Filter(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("code", ctypes.c_char_p)]

    libc = ctypes.CDLL(None, use_errno=True)
    assert libc.prctl(38, 1, 0, 0, 0) == 0
    assert libc.prctl(22, 2, ctypes.byref(Filter(len(steps), code)), 0, 0) == 0

sys.path.insert(0, sys.argv[1])
for rule in json.loads(sys.argv[2]):
    deny(*rule)
from cogitate.errors import UsageError
from cogitate.sandbox import Call, Sandbox, level, need_level
found = level()
refusals = []
for name in ("process", "seccomp", "full"):
    try:
        need_level(name)
    except UsageError as error:
        refusals.append(str(error))
with Sandbox(workers=1) as sandbox:
    done = sandbox.run("import os\\ndef f(): return os.getuid()", [Call(function="f")])
print(json.dumps([found.name, found.missing, refusals, done.outcomes[0].value]))
"""
X86 = os.uname().machine == "x86_64"
UNSHARE, PRCTL = (272, 157) if X86 else (97, 167)
LANDLOCK, SET_SECCOMP = 444, 22


def run(python: str, user: int | None, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [python, "-B", "-c", *arguments],
        user=user, group=user, extra_groups=None if user is None else [], cwd="/", env={},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def interpreter(user: int | None) -> str:
    """Return a Python that the user may run: ours may lie in a folder of root's."""
    probe = "import sys; sys.path.insert(0, sys.argv[1]); from cogitate.sandbox import levels"
    for python in (sys.executable, "/usr/bin/python3", "/usr/local/bin/python3"):
        try:
            if run(python, user, probe, str(SOURCES)).returncode == 0:
                return python
        except OSError:
            continue
    pytest.skip("there is no Python here that another user may run")


def found(denied: list[list[int]], user: int | None) -> tuple[str, list[str], list[str], int]:
    """Return the level, what it lacks, refusals of higher ones, and the user of candidates."""
    done = run(interpreter(user), user, SCRIPT, str(SOURCES), json.dumps(denied))
    assert done.returncode == 0, done.stderr
    return tuple(json.loads(done.stdout))


def capable(level: str) -> None:
    """Skip where this machine itself is below what a test asks for."""
    here = levels.level()
    if LEVELS.index(here.name) < LEVELS.index(level):
        pytest.skip(f"this machine reaches {here.name}: {'; '.join(here.missing)}")


def test_levels_are_ordered_and_need_only_what_is_below() -> None:
    here = levels.level()
    assert here.name in LEVELS
    assert (here.name == "full") == (not here.missing)
    for name in LEVELS[: LEVELS.index(here.name) + 1]:
        levels.need_level(name)


def test_a_level_that_does_not_exist_is_refused() -> None:
    with pytest.raises(UsageError, match="use one of none, process, seccomp, full"):
        levels.need_level("total")


def test_a_level_that_is_not_reached_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    here = Level(name="process", missing=("seccomp: prctl: Invalid argument",))
    monkeypatch.setattr(levels, "level", lambda: here)
    levels.need_level("process")
    with pytest.raises(UsageError) as refused:
        levels.need_level("full")
    said = str(refused.value)
    assert "\n" not in said
    assert "level process here, not full (seccomp: prctl: Invalid argument)" in said
    assert "or ask for level process" in said


@pytest.mark.parametrize(
    ("denied", "level", "lacks"),
    [
        ([], "full", set()),
        ([[UNSHARE]], "seccomp", {"namespaces"}),
        ([[LANDLOCK]], "seccomp", {"landlock"}),
        ([[UNSHARE], [LANDLOCK]], "seccomp", {"namespaces", "landlock"}),
        ([[UNSHARE], [LANDLOCK], [PRCTL, SET_SECCOMP]], "process",
         {"namespaces", "landlock", "seccomp"}),
    ],
    ids=["all", "no namespaces", "no Landlock", "seccomp alone", "nothing"],
)  # fmt: skip
@pytest.mark.parametrize("user", [None, 1234], ids=["as here", "as a user"])
def test_what_a_container_denies_is_missing_and_the_rest_is_used(
    denied: list[list[int]], level: str, lacks: set[str], user: int | None
) -> None:
    if user and os.geteuid() != 0:
        pytest.skip("only root can become another user")
    capable(level)
    name, missing, refusals, uid = found(denied, user)
    assert name == level
    assert {reason.partition(":")[0] for reason in missing} == lacks
    assert all("Operation not permitted" in reason for reason in missing)
    assert len(refusals) == len(LEVELS) - 1 - LEVELS.index(level)
    assert uid != 0
    assert user in (None, uid)


def test_without_linux_there_is_no_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    here = levels.level.__wrapped__()
    assert (here.name, len(here.missing)) == ("none", 1)
    assert "needs Linux" in here.missing[0]


@pytest.mark.parametrize("wall", WALLS)
def test_a_wall_that_does_not_hold_is_found_out(wall: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wall that says that it is raised and does nothing is not believed."""
    capable("full")
    real = levels.Sandbox
    monkeypatch.setattr(
        levels, "Sandbox", lambda walls, workers: real(workers, [w for w in walls if w != wall])
    )
    here = levels.level.__wrapped__()
    expected = {"user": "process", "seccomp": "seccomp"}.get(wall, wall)
    if wall == "user" and os.geteuid() != 0:
        pytest.skip("an ordinary user has nothing to give up")
    assert [reason.partition(":")[0] for reason in here.missing] == [expected]
    assert "does not hold" in here.missing[0]


def test_both_architectures_have_the_same_calls() -> None:
    for machine in MACHINES.values():
        assert len(set(machine.allowed)) == len(machine.allowed)
        assert machine.clone not in machine.allowed
        jumps = program(machine)
        assert len(jumps) == 8 * (6 + len(machine.allowed) + 2)
    assert len(MACHINES["x86_64"].allowed) - len(MACHINES["aarch64"].allowed) == 1  # time


def test_the_filter_allows_what_is_listed_and_nothing_else() -> None:
    """Interpret the filter, for the real jumps decide."""
    for machine in MACHINES.values():
        for number in range(600):
            verdict = interpreted(program(machine), machine.arch, number)
            assert (verdict == 0x7FFF0000) == (number in machine.allowed)
        assert interpreted(program(machine), machine.arch, 0x40000000) == 0x80000000
        assert interpreted(program(machine), 0x40000003, 1) == 0x80000000
    assert this_machine() in MACHINES.values()


@pytest.mark.parametrize("signals", [False, True], ids=["Landlock holds signals", "it does not"])
def test_beside_landlock_alone_the_filter_keeps_other_processes_and_modes(signals: bool) -> None:
    allow, nothing, no = 0x7FFF0000, 0x00050000, 0x00050001
    for machine in MACHINES.values():
        code = denying_alone(machine, 77, signals=signals)

        def said(number: int, argument: int = 0, code=code, arch=machine.arch) -> int:
            return interpreted(code, arch, number, argument)

        assert {said(number) for number in machine.attributes} == {nothing}
        assert {said(number) for number in machine.others} == {no}
        assert [said(machine.prlimit, pid) for pid in (0, 77, 78)] == [allow, allow, no]
        other = no if signals else allow
        for number in machine.signals:
            pids = (0, 77, 78, 2**32 - 1)
            assert [said(number, pid) for pid in pids] == [allow, allow, other, other]
        assert said(424) == other
        assert {said(number) for number in machine.denied} == {0x00050026}
        assert said(machine.clone, 0x10000000) == 0x00050026
        assert said(machine.clone, 17) == said(machine.allowed[0]) == allow


def test_an_old_landlock_alone_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cogitate.sandbox.walls.landlock_version", lambda: 2)
    with pytest.raises(OSError, match="version 2 lets files be cut short"):
        enclosure._by_landlock({})


def interpreted(code: bytes, arch: int, number: int, argument: int = 0) -> int:
    steps = [struct.unpack("=HBBI", code[k : k + 8]) for k in range(0, len(code), 8)]
    at, word = 0, 0
    while True:
        kind, then, otherwise, value = steps[at]
        at += 1
        match kind:
            case 0x20:
                word = {0: number, 4: arch, 16: argument}[value]
            case 0x15:
                at += then if word == value else otherwise
            case 0x35:
                at += then if word >= value else otherwise
            case 0x45:
                at += then if word & value else otherwise
            case _:
                return value
