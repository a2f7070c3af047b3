"""Programs run in fresh processes, only their values come back, and nothing is left behind."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, ThreadPoolExecutor
from pathlib import Path

import pytest

from cogitate.errors import SandboxError
from cogitate.sandbox import Call, Case, Limits, Raised, Returned, Sandbox, handle
from cogitate.sandbox.handle import Zygote, ZygoteDied
from cogitate.sandbox.values import NotPlain
from cogitate.sandbox.zygote import ALLOWED

ADD = "def add(a, b): return a + b\n"
SUMS = [Case(call=Call(function="add", args=(a, 2)), expected=a + 2) for a in range(12)]
LOOP = "while True: pass"
FOLDERS = ("/tmp", "/dev/shm", "/var/tmp", ".")
QUICK = Limits(cpu_s=1, wall_s=1.0)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


def call(function: str, *args: object, **kwargs: object) -> Call:
    return Call(function=function, args=args, kwargs=kwargs)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def descendants(pid: int) -> list[int]:
    found = [int(x) for x in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return found + [inner for child in found for inner in descendants(child)]


def eventually(holds: Callable[[], object], timeout_s: float = 10.0) -> bool:
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.02)
    return False


# ---------------------------------------------------------------- what comes back


def test_values_and_exceptions_come_back_in_order(sandbox: Sandbox) -> None:
    program = """
import math
def f(a, *, b=0):
    print("called with", a, "and", b)
    if a < 0:
        raise ValueError("negative")
    return (math.sqrt(a), {b})
"""
    execution = sandbox.run(program, [call("f", 4, b=1), call("f", -1), call("g")])
    assert execution.outcomes == (
        Returned(value=(2.0, {1})),
        Raised(kind="ValueError", message="negative", line=6),
        Raised(kind="NameError", message="the program defines no function 'g'", line=None),
    )
    assert execution.stdout == "called with 4 and 1\ncalled with -1 and 0\n"
    assert execution.error is execution.stopped is None
    assert 0 < execution.cpu_s < 1


@pytest.mark.parametrize(
    ("program", "kind", "line"),
    [
        ("x = 1\ndef f(:\n", "SyntaxError", 2),
        ("\nimport numpy", "ModuleNotFoundError", 2),
        ("def g():\n    return 1 / 0\n\ng()", "ZeroDivisionError", 2),
        ("raise SystemExit", "SystemExit", 1),
    ],
)
def test_a_program_that_fails_itself_is_asked_nothing(
    sandbox: Sandbox, program: str, kind: str, line: int
) -> None:
    execution = sandbox.run(program, [call("f")])
    assert execution.error is not None
    assert (execution.error.kind, execution.error.line) == (kind, line)
    assert (execution.outcomes, execution.stopped) == ((), None)


def test_each_program_has_a_fresh_process_and_each_call_fresh_arguments(sandbox: Sandbox) -> None:
    program = "seen = []\ndef f(x):\n    seen.append(1)\n    x.append(2)\n    return x, len(seen)\n"
    shared = [1]
    for _ in range(2):
        execution = sandbox.run(program, [call("f", shared), call("f", shared)])
        assert [o.value for o in execution.outcomes] == [([1, 2], 1), ([1, 2], 2)]
    assert shared == [1]


def test_a_main_block_is_not_run_and_classes_find_their_module(sandbox: Sandbox) -> None:
    program = """
from dataclasses import dataclass
@dataclass
class Point:
    x: "int"
def f(): return Point(3).x, __name__
if __name__ == "__main__":
    raise SystemExit
"""
    assert sandbox.run(program, [call("f")]).outcomes == (Returned(value=(3, "program")),)


def test_what_candidates_may_import_is_there_with_what_it_loads_late(sandbox: Sandbox) -> None:
    program = f"""
import {", ".join(ALLOWED)}
def f():
    day = datetime.datetime.strptime("2026-11-29", "%Y-%m-%d")
    return (day.year, "a".encode("utf-16-le"), textwrap.dedent(" a"), statistics.median([1, 2]),
            decimal.Decimal("1.5").is_nan(), hashlib.sha256(b"").hexdigest()[:4],
            collections.namedtuple("P", "x")(1).x, time.strftime("%Y", time.gmtime(0)),
            random.Random(1).randint(1, 6), len(secrets.token_hex(4)), "é".encode("latin-1"),
            traceback.format_exc(), json.loads(json.dumps([1.5])))
"""
    (outcome,) = sandbox.run(program, [call("f")]).outcomes
    assert isinstance(outcome, Returned), outcome
    assert outcome.value[:3] == (2026, b"a\0", "a")


def test_nothing_of_the_parent_is_there(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "x")
    program = """
import os, sys
def f(): return sorted(os.environ), [n for n in sys.modules if "cogitate" in n], sys.path, sys.argv
"""
    with Sandbox(workers=1) as fresh:
        (outcome,) = fresh.run(program, [call("f")]).outcomes
    names, modules, path, argv = outcome.value
    assert set(names) <= {"PYTHONHASHSEED", "LC_CTYPE", "LD_LIBRARY_PATH"}
    assert (modules, path, argv) == ([], [], [""])


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (LOOP, "more than 1 s of processor time"),
        ("import time\ntime.sleep(9)", "no reply within 0.5 s"),
        ("import os\nos._exit(3)", "exit status 3"),
        ("import ctypes\nctypes.string_at(0)", "SIGSEGV"),
        ("import os\nos.write(3, b'x' * 9999)", "too long"),
        ("import os\nos.write(3, bytes(3) + b'x' + b'x' * 9999)", "not JSON"),
    ],
)
def test_a_program_that_dies_hangs_or_forges_says_how(
    sandbox: Sandbox, program: str, reason: str
) -> None:
    limits = Limits(cpu_s=1, wall_s=0.5 if "sleep" in program else 5.0)
    execution = sandbox.run(program, [call("f")], limits)
    assert execution.outcomes == ()
    assert reason in (execution.stopped or "")


def test_what_came_before_a_failure_is_kept(sandbox: Sandbox) -> None:
    program = "import os\ndef f(n):\n    if n == 2: os._exit(1)\n    return n\n"
    execution = sandbox.run(program, [call("f", n) for n in range(4)])
    assert execution.outcomes == (Returned(value=0), Returned(value=1))
    assert execution.stopped == "its process ended with exit status 1"


def test_limits_are_those_of_the_call(sandbox: Sandbox) -> None:
    program = "def f(n): return len(bytes(n * 2**20))\ndef g(n): return 'x' * n\n"
    small, large = Limits(memory_mb=128), Limits(memory_mb=512)
    assert isinstance(sandbox.run(program, [call("f", 200)], small).outcomes[0], Raised)
    assert isinstance(sandbox.run(program, [call("f", 200)], large).outcomes[0], Returned)
    few = Limits(output_bytes=1000)
    kinds = [type(o) for o in sandbox.run(program, [call("g", 500), call("g", 800)], few).outcomes]
    assert kinds == [Returned, Raised]
    printing = "def f(): print('x' * 10**6)"
    assert len(sandbox.run(printing, [call("f")], Limits(stdout_chars=10)).stdout) == 10


def test_an_argument_that_is_not_plain_is_the_callers_fault(sandbox: Sandbox) -> None:
    with pytest.raises(NotPlain, match="object"):
        sandbox.run(ADD, [call("add", object(), 1)])


# ---------------------------------------------------------------- checks


def test_a_check_passes_what_is_right_and_says_what_fails(sandbox: Sandbox) -> None:
    checked = sandbox.check(ADD, SUMS)
    assert (checked.passed, checked.num_passed, checked.failed) == (True, 12, None)
    wrong = ADD.replace("a + b", "a + b if a != 5 else 0")
    checked = sandbox.check(wrong, SUMS, order=random.Random(3))
    assert (checked.passed, checked.failed) == (False, 5)
    assert checked.execution.outcomes[-1] == Returned(value=0)
    assert checked.num_passed == len(checked.execution.outcomes) - 1
    assert sandbox.check("import nothing", SUMS).failed is None


def test_a_check_stops_at_the_first_failure_and_draws_the_order(sandbox: Sandbox) -> None:
    program = (
        "import time\ndef add(a, b):\n    if seen: time.sleep(9)\n    seen.append(a)\nseen = []"
    )
    begun = time.monotonic()
    firsts = {sandbox.check(program, SUMS).failed for _ in range(12)}
    assert time.monotonic() - begun < 5
    assert len(firsts) > 3
    drawn = [sandbox.check(program, SUMS, order=random.Random(7)).failed for _ in range(3)]
    assert len(set(drawn)) == 1


def test_a_second_process_finds_what_depends_on_the_order(sandbox: Sandbox) -> None:
    order = random.Random(11)
    answers = [SUMS[k].expected for k in order.sample(range(12), 12)]
    program = f"answers = iter({answers})\ndef add(a, b): return next(answers)\n"
    execution = sandbox.run(
        program, [SUMS[k].call for k in random.Random(11).sample(range(12), 12)]
    )
    assert [o.value for o in execution.outcomes] == answers
    assert not sandbox.check(program, SUMS, order=random.Random(11)).passed


def test_no_cases_are_no_check(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="no case"):
        sandbox.check(ADD, [])


def test_many_threads_share_a_sandbox(sandbox: Sandbox) -> None:
    def one(n: int) -> object:
        return sandbox.run(ADD, [call("add", n, 1)]).outcomes

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(one, range(60))) == [(Returned(value=n + 1),) for n in range(60)]
    futures = [sandbox.check_later(ADD, SUMS) for _ in range(20)]
    assert all(future.result().passed for future in futures)


# ---------------------------------------------------------------- our own failures


def pids(sandbox: Sandbox) -> list[int]:
    return sorted(zygote.process.pid for zygote in sandbox._zygotes)


def test_a_zygote_that_died_is_replaced() -> None:
    with Sandbox(workers=1) as sandbox:
        (idle,) = pids(sandbox)
        os.kill(idle, signal.SIGKILL)
        assert sandbox.check(ADD, SUMS).passed
        (busy,) = pids(sandbox)
        assert busy != idle
        later = sandbox.check_later("import time\ntime.sleep(0.4)\n" + ADD, SUMS)
        assert eventually(lambda: descendants(busy))
        (child,) = descendants(busy)
        os.kill(busy, signal.SIGKILL)
        assert later.result().passed
        assert eventually(lambda: not alive(child))
        assert pids(sandbox) != [busy]


def test_a_zygote_that_hangs_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handle, "_REPLY_S", 0.5)
    monkeypatch.setattr(handle, "_END_S", 0.2)
    with Sandbox(workers=1) as sandbox:
        (stopped,) = pids(sandbox)
        os.kill(stopped, signal.SIGSTOP)
        with pytest.raises(SandboxError, match="did not answer"):
            sandbox.run(ADD, [])
        assert not alive(stopped)
        assert sandbox.check(ADD, SUMS).passed


def test_our_failure_raises_and_a_candidates_never(monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> None:
        raise ZygoteDied("no memory")

    with Sandbox(workers=1) as sandbox:
        with monkeypatch.context() as patch:
            patch.setattr(Zygote, "begin", dies)
            with pytest.raises(SandboxError, match="died twice: no memory"):
                sandbox.run(ADD, [])
        assert sandbox.check(ADD, SUMS).passed
    with pytest.raises(SandboxError, match="closed"):
        sandbox.run(ADD, [])
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(SandboxError, match="did not start"):
        Sandbox(workers=1)


def test_closing_ends_what_runs_at_once() -> None:
    sandbox = Sandbox(workers=1)
    futures = [sandbox.check_later(LOOP, SUMS) for _ in range(3)]
    (zygote,) = pids(sandbox)
    assert eventually(lambda: descendants(zygote))
    (child,) = descendants(zygote)
    begun = time.monotonic()
    sandbox.close()
    assert time.monotonic() - begun < 2
    assert not alive(zygote)
    assert not alive(child)
    for future in futures:
        with pytest.raises((SandboxError, CancelledError)):
            future.result()


PARENT = """
import json, os, signal, sys, time
from cogitate.sandbox import Limits, Sandbox
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
with Sandbox() as sandbox:
    if sys.argv[1] == "copied" and os.fork() == 0:
        time.sleep(30)
        os._exit(0)
    print(json.dumps([zygote.process.pid for zygote in sandbox._zygotes]), flush=True)
    sandbox.run("while True: pass", [], Limits(cpu_s=60, wall_s=60.0))
"""


@pytest.mark.parametrize(
    ("how", "number"),
    [("alone", signal.SIGINT), ("alone", signal.SIGKILL), ("copied", signal.SIGKILL)],
)
def test_nothing_outlives_the_parent(how: str, number: int) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, how], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    with parent:
        assert parent.stdout is not None
        zygotes = json.loads(parent.stdout.readline())
        assert eventually(lambda: any(descendants(pid) for pid in zygotes))
        running = [*zygotes, *(child for pid in zygotes for child in descendants(pid))]
        copies = [pid for pid in descendants(parent.pid) if pid not in running]
        os.kill(parent.pid, number)
        try:
            assert eventually(lambda: not any(map(alive, running)))
        finally:
            for pid in copies:
                os.kill(pid, signal.SIGKILL)


def test_a_thousand_bad_candidates_leave_nothing(sandbox: Sandbox) -> None:
    programs = {
        "hangs": "import time\ntime.sleep(60)",
        "forks": "import os\nfor _ in range(50):\n    try: os.fork()\n    except OSError: pass",
        "allocates": "x = []\nwhile True: x.append(bytearray(10**7))",
        "prints": "for _ in range(1000): print('x' * 1000)",
        "writes": f"for folder in {FOLDERS}: open(folder + '/cogitate-left', 'w')",
    }
    limits = Limits(cpu_s=1, wall_s=0.03, memory_mb=96)
    before = pids(sandbox)

    def left() -> list[int]:
        owners = [os.getpid(), *before]
        return [len([*Path(f"/proc/{pid}/fd").iterdir()]) for pid in owners]

    def one(number: int) -> str | None:
        name = [*programs][number % len(programs)]
        return sandbox.run(programs[name], [], limits).stopped

    one(0)
    descriptors = left()
    with ThreadPoolExecutor(2) as threads:
        stopped = list(threads.map(one, range(1000)))
    assert all("no reply" in (reason or "") for reason in stopped[::5])
    assert pids(sandbox) == before
    assert left() == descriptors
    assert not [folder for folder in FOLDERS if Path(folder, "cogitate-left").exists()]
    assert not any(descendants(pid) for pid in before)
    assert sandbox.check(ADD, SUMS, QUICK).passed
