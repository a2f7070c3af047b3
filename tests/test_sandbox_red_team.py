"""The red team: whatever forges, steals, games or breaks out scores 0 and leaves nothing behind.

Of its 52 cheats, these concern a test runner that imports the candidate, and are tried here only as
far as a file or a name goes: 11 (skips), 12 (plugins), 13 (configuration), 14 (start-up files), 16
(tests on disk), 18 and 19. Of 38 and 39 the choice of the code block is the caller's.
"""

import os
import random
import site
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cheats import CASES, FORGING, GAMING, HONEST, RIGHT, Cheat
from cogitate.sandbox import LEVELS, Call, Case, Limits, Sandbox, level
from cogitate.sandbox.walls import WALLS
from escapes import ESCAPE, SECRET, THEFT

LIMITS = Limits(cpu_s=1, wall_s=1.5, memory_mb=256)
SHORT = Limits(cpu_s=1, wall_s=0.5, memory_mb=256)
"""For cheats: those that do anything need a hundredth of it."""
SECRET_CASE = Case(call=Call(function="joined", args=([],)), expected=SECRET)
FOLDERS = ("/tmp", "/dev/shm", "/var/tmp", "/run")


@pytest.fixture(scope="module", params=["full", "seccomp"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[Sandbox]:
    """One with all walls, and one as in a container without namespaces and Landlock."""
    if LEVELS.index(level().name) < LEVELS.index(request.param):
        pytest.skip(f"level {request.param} cannot be reached here: {'; '.join(level().missing)}")
    walls = WALLS if request.param == "full" else ("user", "seccomp")
    with Sandbox(workers=1, walls=walls) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def reachable(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """Things of this machine for programs to try."""
    file = tmp_path_factory.mktemp("host") / "file"
    file.write_text("of the host")
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as named:
        named.bind(f"\0cogitate-{os.getpid()}")
        named.listen()
        yield {
            "file": str(file),
            "pid": os.getpid(),
            "port": server.getsockname()[1],
            "abstract": f"cogitate-{os.getpid()}",
            "packages": [*site.getsitepackages(), str(Path(os.__file__).parent)],
        }


def aimed(cheat: Cheat, reachable: dict[str, Any]) -> str:
    program = cheat.program
    for name, value in reachable.items():
        program = program.replace(f"{{{name}}}", str(value))
    return program


def zygote(sandbox: Sandbox) -> int:
    idle = sandbox._idle.get()
    sandbox._idle.put(idle)
    assert idle is not None
    return idle.process.pid


def children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def written() -> set[Path]:
    """Names of ours or of a cheat's where every process may write."""
    names = ("cogitate-state", "cogitate-fill", "reward.txt", "link", "gone", "sitecustomize.py")
    folders = [Path(folder) for folder in (*FOLDERS, ".")]
    return {folder / name for folder in folders for name in names if (folder / name).exists()}


def held(sandbox: Sandbox, cheat: Cheat, program: str) -> None:
    """Check that a cheat fails, does not get out, and changes nothing for the next program."""
    before, files = zygote(sandbox), sorted(Path().iterdir())
    cases = [SECRET_CASE] * 3 if cheat.function == "secret" else CASES[cheat.function]
    checked = sandbox.check(program, cases, SHORT, random.Random(cheat.name))
    assert not checked.passed
    assert "got out" not in checked.execution.stdout
    assert zygote(sandbox) == before
    assert children(before) == []
    assert not written()
    assert sorted(Path().iterdir()) == files
    assert sandbox.check(RIGHT, CASES["total"], LIMITS).passed


def test_what_is_asked_of_cheats_can_be_answered(sandbox: Sandbox) -> None:
    for cases in CASES.values():
        assert sandbox.check(HONEST, cases, LIMITS).passed


def test_all_numbers_are_tried() -> None:
    tried = {int(cheat.name[:2]) for cheat in (*FORGING, *THEFT, *GAMING, *ESCAPE)}
    assert tried == set(range(1, 53))
    programs = [cheat.name for cheat in (*FORGING, *THEFT, *GAMING, *ESCAPE)]
    assert len(programs) == len(set(programs))


@pytest.mark.parametrize("cheat", FORGING, ids=lambda cheat: cheat.name)
def test_no_result_is_forged(sandbox: Sandbox, cheat: Cheat) -> None:
    ours = Path(__file__).with_name("cheats.py").read_bytes()
    held(sandbox, cheat, cheat.program)
    assert Path(__file__).with_name("cheats.py").read_bytes() == ours


@pytest.mark.parametrize("cheat", GAMING, ids=lambda cheat: cheat.name)
def test_no_case_is_gamed(sandbox: Sandbox, cheat: Cheat) -> None:
    held(sandbox, cheat, cheat.program)


@pytest.mark.parametrize("cheat", [*THEFT, *ESCAPE], ids=lambda cheat: cheat.name)
def test_nothing_is_stolen_and_nothing_gets_out(
    sandbox: Sandbox, cheat: Cheat, reachable: dict[str, Any]
) -> None:
    held(sandbox, cheat, aimed(cheat, reachable))
    assert Path(reachable["file"]).read_text() == "of the host"


def test_a_value_in_the_memory_of_the_child_would_be_found(sandbox: Sandbox) -> None:
    (spy,) = [cheat for cheat in THEFT if cheat.function == "secret"]
    told = Call(function="joined", args=([SECRET],))
    assert "got out" in sandbox.run(spy.program, [told]).stdout


def test_the_attempts_would_be_seen(reachable: dict[str, Any]) -> None:
    """The same programs do get out where nothing holds them, so that each test can fail."""
    harmless = {"21 test file and /proc", "22 links", "25 network", "49 sockets of services"}
    for cheat in [cheat for cheat in (*THEFT, *ESCAPE) if cheat.name in harmless]:
        program = aimed(cheat, reachable)
        done = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, cwd="/", check=False
        )
        assert "got out" in done.stdout, cheat.name
