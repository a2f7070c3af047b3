"""The third tier: a user's command in a copy of the working tree, from which nothing gets out."""

import os
import signal
import socket
import subprocess
import sys
import time
import venv
from pathlib import Path, PurePath

import pytest

from cogitate.errors import SandboxError, UsageError
from cogitate.sandbox import copies
from cogitate.sandbox.commands import Workspace, tree
from cogitate.sandbox.copies import is_secret
from cogitate.sandbox.suites.command import LEVELS
from cogitate.sandbox.walls import CANDIDATE_UID

PYTHON = sys.executable


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "shop.py").write_text("print({}['price'])\n")
    return folder


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def ran(project: Path, code: str, level: str = LEVELS[0], **more: object):
    """Runs a program in the project's copy."""
    (project / "program.py").write_text(code)
    with Workspace(project, [PYTHON, "program.py"], (level,)) as workspace:
        return workspace.run(**more)


@pytest.mark.parametrize("level", LEVELS)
def test_a_command_gives_its_status_and_both_outputs(project: Path, level: str) -> None:
    found = ran(project, "import sys\nprint('a')\nprint('b', file=sys.stderr)\nsys.exit(3)", level)
    assert (found.status, found.stdout, found.stderr) == (3, "a\n", "b\n")
    assert (found.level, found.stopped, found.passed) == (level, None, False)


@pytest.mark.parametrize("level", LEVELS)
def test_a_command_may_write_a_large_file(project: Path, level: str) -> None:
    writes = (
        "with open('large', 'wb') as file:\n    file.write(bytes(80_000_000))\nprint('written')"
    )
    assert ran(project, writes, level).stdout == "written\n"


@pytest.mark.parametrize("level", LEVELS)
def test_other_texts_are_run_and_the_tree_stays_as_it_was(project: Path, level: str) -> None:
    before = snapshot(project)
    writes = "open('shop.py', 'a').write('#')\nopen('new', 'w')\nimport os\nos.mkdir('d')\n"
    with Workspace(project, ["python", "shop.py"], (level,)) as workspace:
        first = workspace.run()
        assert "KeyError: 'price'" in first.stderr
        assert f'File "{project}/shop.py", line 1' in first.stderr or "shop.py" in first.stderr
        assert workspace.run({"shop.py": writes + "print('fine')"}).stdout == "fine\n"
        again = workspace.run({"shop.py": "import os; print(sorted(os.listdir()))"})
        assert again.stdout == "['shop.py']\n"
    assert snapshot(project) == before


@pytest.mark.parametrize("level", LEVELS)
def test_a_script_that_is_executed_stays_one_with_another_text(project: Path, level: str) -> None:
    script = project / "shop.py"
    script.write_text(f"#!{PYTHON}\nprint({{}}['price'])\n")
    script.chmod(0o755)
    with Workspace(project, ["./shop.py"], (level,)) as workspace:
        assert "KeyError: 'price'" in workspace.run().stderr
        assert workspace.run({"shop.py": f"#!{PYTHON}\nprint(3)\n"}).stdout == "3\n"


@pytest.mark.parametrize("level", LEVELS)
def test_nothing_outside_of_the_copy_is_reached(
    project: Path, level: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "secret")
    outside = project.parent / "outside.txt"
    outside.write_text("mine")
    outside.chmod(0o640)
    (project / "link").symlink_to(outside)
    (project / ".env").write_text("KEY=secret")
    with socket.create_server(("127.0.0.1", 0)) as server:
        code = f"""
import contextlib, os, pathlib, resource, socket
with contextlib.suppress(OSError):
    os.chmod({str(outside)!r}, 0)
def sends():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        any_socket.sendto(b"x", ("192.0.2.1", 53))
attempts = {{
    "read": lambda: open({str(outside)!r}).read(),
    "write": lambda: open({str(outside)!r}, "w"),
    "beside": lambda: open({str(project.parent / "new")!r}, "w"),
    "link": lambda: open("link").read(),
    "secret": lambda: open(".env").read(),
    "home": lambda: os.listdir("/root") + [0],
    "connect": lambda: socket.create_connection(("127.0.0.1", {server.getsockname()[1]}), 1),
    "send": sends,
    "key": lambda: os.environ["OPENAI_API_KEY"],
    "environment": lambda: b"secret" in open("/proc/{os.getpid()}/environ", "rb").read() or 1,
    "kill": lambda: os.kill({os.getpid()}, 0),
    "limit": lambda: resource.prlimit({os.getpid()}, resource.RLIMIT_CPU),
    "usr": lambda: open("/usr/new", "w"),
    "interpreter": lambda: open(pathlib.Path(os.__file__).parent / "new.py", "w"),
}}
for name, attempt in attempts.items():
    try:
        attempt()
        print(name)
    except (OSError, KeyError):
        pass
print(os.listdir(pathlib.Path.home()))
"""
        found = ran(project, code, level)
    assert (found.stderr, found.stdout.splitlines()) == ("", ["[]"])
    assert (outside.read_text(), outside.stat().st_mode & 0o777) == ("mine", 0o640)
    assert sorted(path.name for path in project.parent.iterdir()) == ["outside.txt", "shop"]


@pytest.mark.parametrize("level", LEVELS)
def test_what_a_command_leaves_behind_ends_with_it(project: Path, level: str) -> None:
    sleeping = f"sleep-{os.getpid()}-{level}"
    code = f"""
import os, time, ctypes
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execv("/bin/sleep", [{sleeping!r}, "300"])
    os._exit(0)
time.sleep(0.2)
print("done")
"""
    found = ran(project, code, level)
    assert (found.stdout, found.stderr) == ("done\n", "")
    names = [path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if path.exists()]
    assert not any(sleeping.encode() in name for name in names)


@pytest.mark.parametrize("level", LEVELS)
def test_time_memory_and_output_are_bounded(project: Path, level: str) -> None:
    began = time.monotonic()
    stuck = ran(project, "import time\nprint('a', flush=True)\ntime.sleep(99)", level, wall_s=1)
    assert (stuck.status, stuck.stdout) != (0, "")
    assert "1 s" in (stuck.stopped or "")
    big = ran(project, "x = bytearray(2**33)", level)
    assert "MemoryError" in big.stderr
    assert time.monotonic() - began < 9


def test_a_gigabyte_of_output_is_cut_to_its_beginning_and_end(project: Path) -> None:
    code = (
        "import sys\nprint('first')\nx = 'x' * 2**20\nfor _ in range(2**10): print(x)\n{}['last']"
    )
    found = ran(project, code, wall_s=60)
    assert found.stdout.startswith("first\n")
    assert "[...]" in found.stdout
    assert len(found.stdout) < 2**20
    assert "KeyError: 'last'" in found.stderr


def test_what_git_ignores_is_left_out_unless_the_command_names_it(project: Path) -> None:
    subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    (project / ".gitignore").write_text("big/\nprogram.py\n")
    (project / "big").mkdir()
    (project / "big" / "data.bin").write_text("x")
    (project / "notes.txt").write_text("not added yet")
    found = ran(project, "import os\nprint(sorted(os.listdir()))")
    assert found.stdout == "['.gitignore', 'notes.txt', 'program.py', 'shop.py']\n"


def test_secrets_are_known_by_name() -> None:
    secret = [".env", ".env.local", "prod.env", ".netrc", "keys/server.pem", ".ssh/config",
              ".aws/config", "id_rsa", "Credentials.json", "secrets.yml", ".git/a"]  # fmt: skip
    plain = ["shop.py", "secrets.py", "keys.py", "environment.yml", "credentials.py", "a/b.json"]
    assert [name for name in secret if not any(map(is_secret, PurePath(name).parts))] == []
    assert [name for name in plain if any(map(is_secret, PurePath(name).parts))] == []


def test_a_tree_that_is_too_large_is_refused_in_one_line(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copies, "MAX_BYTES", 2**10)
    (project / "data.bin").write_bytes(bytes(2**11))
    with pytest.raises(UsageError, match="too large to be copied"):
        Workspace(project, ["python", "shop.py"])


@pytest.mark.parametrize("git", [False, True])
def test_too_many_files_are_refused_in_one_line(
    project: Path, monkeypatch: pytest.MonkeyPatch, git: bool
) -> None:
    if git:
        subprocess.run(["git", "init", "-q"], cwd=project, check=True)
    monkeypatch.setattr(copies, "MAX_FILES", 3)
    for number in range(4):
        (project / f"{number}.txt").write_text("")
    with pytest.raises(UsageError, match=r"name in \.gitignore"):
        Workspace(project, ["python", "shop.py"])


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("place", ["shop/.venv", "environments/shop"])
def test_the_projects_own_interpreter_is_used(project: Path, place: str, level: str) -> None:
    folder = project.parent / place
    venv.create(folder, with_pip=False, symlinks=True)
    (packages,) = folder.glob("lib/*/site-packages")
    (packages / "pricing.py").write_text("VAT = 19\n")
    (project / "shop.py").write_text("import pricing, sys\nprint(pricing.VAT, sys.prefix)\n")
    argv = [str(folder / "bin" / "python"), "shop.py"]
    with Workspace(project, argv, (level,)) as workspace:
        found = workspace.run()
    assert (found.stdout, found.stderr) == (f"19 {folder}\n", "")


@pytest.mark.parametrize("level", LEVELS)
def test_a_command_runs_in_the_folder_that_it_was_given_in(project: Path, level: str) -> None:
    (project / "setup.cfg").write_text("")
    (project / "tools").mkdir()
    (project / "tools" / "run.sh").write_text("#!/bin/sh\ncat note.txt\n")
    (project / "tools" / "run.sh").chmod(0o755)
    (project / "tools" / "note.txt").write_text("here")
    with Workspace(project / "tools", ["./run.sh"], (level,)) as workspace:
        assert workspace.root == project
        assert workspace.run().stdout == "here"


def test_nobody_else_can_read_the_copy(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with Workspace(project, ["python", "shop.py"]):
        (folder,) = temporary.iterdir()
        status = folder.stat()
    is_root = os.geteuid() == 0
    assert status.st_mode & 0o777 == (0o750 if is_root else 0o700)
    assert status.st_gid == (CANDIDATE_UID if is_root else os.getegid())


def test_a_file_that_is_named_behind_a_link_is_copied_once(project: Path) -> None:
    (project / "real").mkdir()
    (project / "real" / "program.py").write_text("print(__file__)")
    (project / "link").symlink_to("real")
    with Workspace(project, ["python", "link/program.py"]) as workspace:
        assert workspace.run().stdout == f"{project}/link/program.py\n"


def test_a_link_to_a_secret_is_left_out(project: Path) -> None:
    (project / ".env").write_text("KEY=secret")
    for name, to in (("settings.py", ".env"), ("own.py", "shop.py"), ("gone.py", "no.py")):
        (project / name).symlink_to(to)
    assert [path.name for path in tree.files(project)] == ["gone.py", "own.py", "shop.py"]


def test_there_is_no_such_command(project: Path) -> None:
    with pytest.raises(UsageError, match="no command no-such-command"):
        Workspace(project, ["no-such-command"])


def test_where_nothing_holds_a_command_it_is_not_run(project: Path) -> None:
    (project / "shop.py").write_text("open('ran', 'w')")
    with (
        Workspace(project, ["python", "shop.py"], ()) as workspace,
        pytest.raises(SandboxError, match="no sandbox"),
    ):
        workspace.run()
    assert not (project / "ran").exists()


def test_an_interrupt_ends_the_command_and_removes_the_copy(project: Path, tmp_path: Path) -> None:
    (project / "shop.py").write_text("import time\nprint('up', flush=True)\ntime.sleep(300)\n")
    code = (
        "import sys\nfrom pathlib import Path\nfrom cogitate.sandbox.commands import Workspace\n"
        "with Workspace(Path(sys.argv[1]), ['python', 'shop.py']) as workspace:\n"
        "    print('up', flush=True)\n    workspace.run(wall_s=60)\n"
    )
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    process = subprocess.Popen(
        [PYTHON, "-c", code, str(project)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"TMPDIR": str(temporary)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    assert process.stdout
    process.stdout.readline()
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert process.wait(20) != 0
    process.stdout.close()
    assert list(temporary.iterdir()) == []
    assert sorted(path.name for path in project.iterdir()) == ["shop.py"]
