"""What `cogitate debug` is given and cannot use: one line each, and no escape."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from cogitate.cli import main
from cogitate.cli.asking.coders import show_diff
from mending import Scripted, debug, lay_shop, serving, typed


@pytest.fixture
def server() -> Iterator[Scripted]:
    with serving() as server:
        yield server


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    return lay_shop(tmp_path, monkeypatch)


def test_bad_input_is_one_line(
    project: Path,
    server: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", typed("\n"))
    monkeypatch.setattr("cogitate.runs.defaults.is_pulled", lambda _: False)
    for args in (
        ["--model", "m"],
        ["--", "python", "shop.py"],
        ["--model", "m", "--", "no-such-command"],
        ["--model", "m", "--samples", "0", "--", "python", "shop.py"],
        ["--model", "m", "python", "shop.py"],
    ):
        assert main(["debug", *args]) == 2
        assert capsys.readouterr().err.count("\n") == 1
    assert main(["debug", "--url", "http://127.0.0.1:9/v1", "--model", "m", "--", "false"]) == 1
    assert "cannot be reached" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("code", "lacks"),
    [
        ("import os\nos.environ['SHOPKEY']\n", "the variable SHOPKEY"),
        ("raise SystemExit('SHOP_KEY is not set')\n", "the variable SHOP_KEY"),
        ("{'a': 1}['SHOPKEY']\n", ""),
        ("import socket\nsocket.getaddrinfo('example.com', 80)\n", "the network"),
        ("from pathlib import Path\n(Path.home() / 'prices.csv').read_text()\n", "~/prices.csv"),
        ("open('.env')\n", ".env"),
        ("import credentials\n", "credentials/__init__.py"),
        ("import subprocess\nsubprocess.run(['count-shop'])\n", "the program count-shop"),
        (
            "import subprocess\nsubprocess.run('count-shop', shell=True, check=True)\n",
            "the program count-shop",
        ),
    ],
)
def test_a_command_that_needs_what_is_withheld_is_refused_in_one_line(
    project: Path,
    server: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    code: str,
    lacks: str,
) -> None:
    for name, value in (("SHOPKEY", "secret"), ("SHOP_KEY", "secret"), ("HOME", project.parent)):
        monkeypatch.setenv(name, str(value))
    (project.parent / "prices.csv").write_text("")
    program = project.parent / "bin" / "count-shop"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    (project / ".env").write_text("")
    (project / "credentials").mkdir()
    (project / "credentials" / "__init__.py").write_text("")
    (project / "shop.py").write_text(code)
    assert debug(server) == (2 if lacks else 0)
    line = capsys.readouterr().err
    assert f"the sandbox takes {lacks} away" in line or not lacks
    assert line.count("\n") == 1
    assert bool(server.asked) != bool(lacks)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        (("python", "shpo.py"), "can't open file"),
        (("python", "-m", "shpo"), "No module named shpo"),
        (("pytest", "-q"), "pytest finds no tests"),
        (("pytest", "--shpo"), "unrecognized arguments: --shpo"),
    ],
)
def test_a_command_without_a_program_is_refused_in_one_line(
    project: Path,
    server: Scripted,
    capsys: pytest.CaptureFixture[str],
    command: tuple[str, ...],
    why: str,
) -> None:
    assert debug(server, command=command) == 2
    said = capsys.readouterr()
    assert why in said.err
    assert (said.out, said.err.count("\n"), server.asked) == ("", 1, [])


def test_no_sandbox_is_refused(
    project: Path,
    server: Scripted,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from cogitate.sandbox.commands import Workspace

    monkeypatch.setattr(Workspace.__init__, "__defaults__", ((),))
    assert debug(server) == 1
    assert "no sandbox" in capsys.readouterr().err
    assert server.asked == []


def test_what_looks_like_python_is_not_run_to_ask_for_its_paths(
    project: Path, server: Scripted, tmp_path: Path
) -> None:
    program = project / "python_migrate.sh"
    program.write_text(f"#!/bin/sh\necho $# >> {tmp_path}/ran\nexit 1\n")
    program.chmod(0o755)
    assert debug(server, command=("./python_migrate.sh",)) == 1
    assert not (tmp_path / "ran").exists()


def test_what_a_model_or_a_program_says_commands_no_terminal(
    project: Path, server: Scripted, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "shop.py").write_text("raise ValueError('\\x1b]0;owned\\x07')\n")
    server.answers = [
        "\x1b[2JIt is \u202ewrong.\n```python\nif 1:\n    raise ValueError('\x1b[8m')\n```",
        "Is `owned` \x9b1m?",
    ]
    assert debug(server) == 1
    said = "".join(capsys.readouterr())
    assert set("\x1b\x07\x9b\u202e") & set(said) == set()
    assert r"\x1b]0;owned\x07" in said
    assert r"Is `owned` \x9b1m?" in said
    show_diff(["-a\x1b[2J\tb"])
    assert capsys.readouterr().out == "-a\\x1b[2J\tb\n"


def test_a_link_out_of_the_tree_is_neither_read_nor_written(
    project: Path, server: Scripted, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "outside.py").write_text("X = 'private'\n")
    (project / "linked.py").symlink_to(tmp_path / "outside.py")
    (project / "shop.py").write_text("from linked import X\nprint(X, Y)\n")
    server.answers = ["```python\n# linked.py\nX = Y = 1\n```"]
    debug(server, "--apply", "--samples", "1")
    error = "Traceback (most recent call last):\n" + "".join(
        f'  File "{name}", line 1, in <module>\n' for name in ("shop.py", "linked.py")
    )
    monkeypatch.setattr("sys.stdin", typed(f"{error}NameError: name 'Y' is not defined\n"))
    debug(server, "--samples", "1", command=())
    assert (tmp_path / "outside.py").read_text() == "X = 'private'\n"
    assert len(server.asked) == 1  # the command is refused beforehand
    assert not any("private" in prompt for prompt in server.asked)
