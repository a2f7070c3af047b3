"""Bad input of `cogitate tdd`: one line each, the model is not asked, the project is as it was."""

import json
import os
import shutil
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest

from answering import RIGHT, TESTS, Scripted, bare_python, lay_project, serving_answers, tdd, tree
from cogitate.cli import main
from cogitate.models.hub import SHIPPED
from cogitate.sandbox.suites.reports import complaint

ONE = "from shop import total\n\ndef test_one():\n    assert total([1]) == 1\n"


@pytest.fixture(scope="module")
def shared_server() -> Iterator[Scripted]:
    with serving_answers([RIGHT]) as server:
        yield server


@pytest.fixture
def server(shared_server: Scripted) -> Scripted:
    shared_server.asked.clear()
    return shared_server


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "project").mkdir()
    return lay_project(tmp_path / "project")


@pytest.fixture
def fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", bare_python())


Said = pytest.CaptureFixture[str]


def refused(project: Path, server: Scripted, said: Said, *more: str, code: int = 2) -> str:
    """Runs tdd, which refuses in one line; returns the line."""
    before = tree(project)
    assert tdd(project, server, *more) == code
    line = said.readouterr().err
    assert line.count("\n") == 1
    assert tree(project) == before
    assert server.asked == []
    return line


@pytest.mark.parametrize(
    ("tests", "why"),
    [
        ("from shop import total\n", "no tests were collected"),
        ("from shop import total\ndef test(:\n", "is no Python"),
        ("import json\ndef test(): assert json.x\n", "--target"),
        ("import shop\nfrom nowhere.at import all_\ndef test(): assert 0", "--target"),
        ("import pytest, shop\n@pytest.mark.skip\ndef test(): assert 0", "are skipped"),
        ("import shop\nraise OSError('no disk')\ndef test(): assert 0", "OSError: no disk"),
        ("import shop\nwhile True: pass\ndef test(): assert 0", "no end within 2 s"),
    ],
)
def test_tests_that_cannot_be_used(
    project: Path, server: Scripted, capsys: Said, tests: str, why: str
) -> None:
    (project / "test_shop.py").write_text(tests)
    assert why in refused(project, server, capsys, "--timeout", "2")


def test_why_pytest_did_not_begin_is_said(project: Path, server: Scripted, capsys: Said) -> None:
    (project / "conftest.py").write_text("raise RuntimeError('no database')\n")
    assert "cannot be collected: RuntimeError: no database" in refused(project, server, capsys)


@pytest.mark.parametrize(
    ("printed", "said"),
    [
        ("ERROR: Missing required plugins: pytest-nope\n", "Missing required plugins: pytest-nope"),
        ("ERROR: usage: x [options]\nx: error: unrecognized arguments: --y\n  inifile: p\n",
         "unrecognized arguments: --y"),
        ("INTERNALERROR>     1/0\nINTERNALERROR> ZeroDivisionError: by zero\n\nno tests ran\n",
         "ZeroDivisionError: by zero"),
        ("no tests ran in 0.01s\n", ""),
    ],
)  # fmt: skip
def test_pytests_own_complaints(printed: str, said: str) -> None:
    assert complaint(printed) == said


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("test_other.py", "part of the tests"),
        ("setup.py", "part of the tests"),
        (".tox/shop.py", "the tests would not see it"),
    ],
)
def test_targets_that_are_no_modules(
    project: Path, server: Scripted, capsys: Said, target: str, why: str
) -> None:
    assert why in refused(project, server, capsys, "--target", str(project / target))


def no_target_inside(project: Path) -> None:
    (project.parent / "shop.py").write_text("elsewhere = 1\n")
    (project / "shop.py").symlink_to(project.parent / "shop.py")


def no_text(project: Path) -> None:
    (project / "shop.py").write_bytes(b"total = '\xe9'\n")


def no_readable_target(project: Path) -> None:
    (project / "shop.py").write_text(RIGHT)
    (project / "shop.py").chmod(0)


def no_readable_tests(project: Path) -> None:
    (project / "test_shop.py").chmod(0)


needs_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may read all")


@pytest.mark.parametrize(
    ("spoil", "why", "code"),
    [
        (no_target_inside, "outside of the project", 2),
        (no_text, "is not UTF-8", 2),
        pytest.param(no_readable_target, "ermission denied", 1, marks=needs_user),
        pytest.param(no_readable_tests, "cannot be read", 2, marks=needs_user),
    ],
)
def test_files_that_cannot_be_used(
    project: Path, server: Scripted, capsys: Said, spoil, why: str, code: int
) -> None:
    spoil(project)
    assert why in refused(project, server, capsys, code=code)


def test_a_folder_that_is_read_only_is_found_before_the_model_is_asked(
    project: Path, server: Scripted, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_writable = lambda path, mode: mode != os.W_OK or path != project  # noqa: E731
    monkeypatch.setattr("cogitate.work.changes.os.access", is_writable)  # root may write all
    assert "cannot be written" in refused(project, server, capsys, "--apply")


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ([], "name a test file"),
        (["TESTSx"], "there is no test file"),
        (["EMPTY"], "there are no test files"),
        (["TESTS", "--url", "http://127.0.0.1:9/v1"], "model of the server"),
        (["TESTS", "--model", "m", "--samples", "0"], "--samples"),
        (["TESTS", "--model", "m", "--unsafe", "--apply"], "never together with --apply"),
        (["TESTS", "--model", "m", "--save-tests", "TESTS"], "exists"),
        (["TESTS", "--model", "m", "--save-tests", "EMPTY/no/test_a.py"], "no folder"),
        (["TESTS", "--model", "m", "--save-tests", "EMPTY/conftest.py"], "test_NAME.py"),
        (["TESTS", "--model", "m", "--save-tests", "EMPTY/test_a.py", "--ask", "never"], "answers"),
    ],
)
def test_arguments_that_cannot_be_used(
    project: Path, capsys: Said, args: list[str], why: str
) -> None:
    (project / "empty").mkdir()
    names = {"TESTS": str(project / "test_shop.py"), "EMPTY": str(project / "empty")}
    for name, path in names.items():
        args = [arg.replace(name, path) for arg in args]
    assert main(["tdd", *args]) == 2
    line = capsys.readouterr().err
    assert why in line
    assert line.count("\n") == 1


@pytest.mark.parametrize("tests", [ONE, "import pytest\n" + ONE])
def test_an_interpreter_without_pytest(
    project: Path, server: Scripted, capsys: Said, tests: str
) -> None:
    venv.create(project / ".venv", with_pip=False, symlinks=True)
    (project / "test_shop.py").write_text(tests)
    line = refused(project, server, capsys)
    assert f"{project / '.venv' / 'bin' / 'python'} has no pytest" in line


@pytest.mark.usefixtures("fast")
def test_tests_that_pass_already_need_no_model(
    project: Path, server: Scripted, capsys: Said
) -> None:
    (project / "shop.py").write_text(RIGHT)
    before = tree(project)
    assert tdd(project, server, "--json", "--apply") == 0
    said = capsys.readouterr()
    assert said.err.startswith("cogitate: the tests pass already (2)")
    found = json.loads(said.out)
    assert (found["passed"], found["text"], found["tries"], found["written"]) == (
        True, None, [], False,
    )  # fmt: skip
    assert tree(project) == before
    assert server.asked == []


@pytest.mark.usefixtures("fast")
def test_no_sandbox(
    project: Path, server: Scripted, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.setattr("cogitate.cli.tdd.LEVELS", ())
    line = refused(project, server, capsys, code=1)
    assert "no sandbox" in line
    assert "--unsafe" in line


@pytest.mark.usefixtures("fast")
def test_unsafe_runs_without_walls_after_a_warning(
    project: Path, server: Scripted, monkeypatch: pytest.MonkeyPatch, capsys: Said
) -> None:
    monkeypatch.setattr("cogitate.cli.tdd.LEVELS", ())
    before = tree(project)
    assert tdd(project, server, "--unsafe") == 0
    said = capsys.readouterr()
    assert "there is no sandbox here: what the model writes runs as you" in said.err
    assert "2 passed" in said.out
    assert tree(project) == before


@pytest.mark.usefixtures("fast")
def test_a_server_that_is_down(project: Path, capsys: Said) -> None:
    before = tree(project)
    args = [str(project / "test_shop.py"), "--url", "http://127.0.0.1:9/v1", "--model", "m"]
    assert main(["tdd", *args]) == 1
    said = capsys.readouterr()
    assert "cannot be reached" in said.err.splitlines()[-1]
    assert "candidate" not in said.out
    assert tree(project) == before


@pytest.mark.usefixtures("fast")
def test_a_model_without_a_chat_template(project: Path, tmp_path: Path, capsys: Said) -> None:
    model = tmp_path / "model"
    shutil.copytree(SHIPPED / "mini" / "model", model)
    for path in model.glob("*.jinja"):
        path.unlink()
    for name in ("tokenizer_config.json",):
        text = (model / name).read_text()
        (model / name).write_text(text.replace('"chat_template"', '"no_template"'))
    assert main(["tdd", str(project / "test_shop.py"), "--model", str(model)]) == 1
    line = capsys.readouterr().err
    assert "no chat template" in line
    assert line.count("\n") == 1


@pytest.mark.usefixtures("fast")
def test_without_a_model_the_command_that_pulls_one_is_named(
    project: Path, capsys: Said, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    assert main(["tdd", str(project / "test_shop.py")]) == 2
    line = capsys.readouterr().err
    assert "cogitate models pull qwen2.5-coder-1.5b" in line
    assert "1.1 GB" in line
    assert line.count("\n") == 1


def test_what_tests_print_is_no_obstacle(project: Path, server: Scripted, capsys: Said) -> None:
    noisy = ONE + "    print('x' * 2_000_000)\n\ndef test_two():\n    print('y' * 2_000_000)\n"
    (project / "test_shop.py").write_text("\ufeff" + noisy + "    assert total([]) == 0\n")
    assert tdd(project, server, "--samples", "1") == 0
    assert "2 passed" in capsys.readouterr().out


@pytest.mark.usefixtures("fast")
def test_tests_that_need_a_variable_are_named_with_it(
    project: Path, server: Scripted, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHOP_KEY", "secret")
    needs = "total([])\n        __import__('os').environ['SHOP_KEY']"
    (project / "test_shop.py").write_text(f"{TESTS}        {needs}\n")
    assert tdd(project, server, "--samples", "1", "--repair", "0") == 1
    assert "SHOP_KEY is set here and withheld from the tests" in capsys.readouterr().err


def test_output_without_end_is_a_failure_in_one_line(
    project: Path, server: Scripted, capsys: Said
) -> None:
    loud = "import os\n" + ONE + "    while True: os.write(2, b'x' * 2**16)\n"
    (project / "test_shop.py").write_text(loud)
    (project / "pytest.ini").write_text("[pytest]\naddopts = -s -p no:anyio -p no:typeguard\n")
    assert tdd(project, server, "--samples", "1", "--repair", "0") == 1
    said = capsys.readouterr().out
    assert "Stopped: it printed more than" in said
    assert len(said) < 1000


@pytest.mark.usefixtures("fast")
def test_files_are_collected_once_and_none_of_an_environment(
    project: Path, server: Scripted, capsys: Said, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (".venv/lib", "node_modules/a"):
        (project / folder).mkdir(parents=True)
        (project / folder / "test_more.py").write_text("import nothing_here\n")
    (project / ".venv" / "pyvenv.cfg").write_text("")
    (project / "unit").mkdir()
    (project / "unit" / "test_shop.py").write_text(TESTS.replace("test_some", "test_unit"))
    monkeypatch.chdir(project)
    assert main(["tdd", ".", "test_shop.py", "--model", "m", "--url", server.url, "--json"]) == 0
    tests = json.loads(capsys.readouterr().out)["tests"]
    assert sorted({name.partition("::")[0] for name in tests}) == [
        "test_shop.py", "unit/test_shop.py",
    ]  # fmt: skip
    (prompt,) = {asked["messages"][-1]["content"] for asked in server.asked}
    assert "# unit/test_shop.py" in prompt
    assert "# test_shop.py" in prompt
