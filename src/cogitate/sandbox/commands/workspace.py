"""A copy of a working tree in which a command runs as often as asked, with other texts of files.

    with Workspace(Path.cwd(), ["python", "shop.py"]) as workspace:
        workspace.run()                         # Ran(status=1, stderr="Traceback ...", ...)
        workspace.run({"shop.py": "..."})       # Ran(status=0, ...): the tree itself is as it was

Each run has a copy of its own, which it may write to, and ends with it. It reads its interpreter
and the system's libraries, and nothing else: no home, no network, few environment variables.
"""

import os
import re
import secrets
import shutil
import site
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

from cogitate.errors import UsageError
from cogitate.sandbox.commands.tree import files
from cogitate.sandbox.copies import copy, put
from cogitate.sandbox.suites.command import LEVELS, Command, make_folder, run, withheld
from cogitate.sandbox.suites.enclosure import SYSTEM
from cogitate.sandbox.suites.project import own_interpreter, root_of, with_interpreter

_ENVIRONMENT = (
    "LANG", "LC_ALL", "LC_CTYPE", "TZ", "LD_LIBRARY_PATH", "PYTHONUTF8", "PYTHONHASHSEED",
    "PYTHONIOENCODING", "PYTHONWARNINGS", "PYTHONOPTIMIZE", "PYTHONDEVMODE",
    "DJANGO_SETTINGS_MODULE", "FLASK_APP",
)  # fmt: skip
"""Variables that a command keeps: those that change what Python does, and none that is a secret."""
_SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
_UNREACHED = re.compile("name resolution|Name or service not known|Network is unreachable")
_QUOTED = re.compile(r"""['"]([^'"\0\n]{1,255})['"]""")
_NO_MODULE = re.compile(r"No module named '([\w.]+)'")
_NO_PROGRAM = re.compile(
    r"([\w.+-]+): (?:command )?not found|No such file or directory: ['\"]([^'\"/]+)['\"]"
)
_HOSTS = ("/etc/hosts", "/etc/nsswitch.conf")
_OUTPUT_BYTES = 2**18
_ROOM_MB = 320
"""Each for the copy and for what the command writes beside it; more than the largest tree that is
copied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """A command that has ended.

    Example: Ran(status=1, stdout="", stderr="Traceback ...", stopped=None, seconds=0.1,
    level="namespaces")
    """

    status: int | None
    """Exit status, or minus the signal that ended it; None if it was stopped."""
    stdout: str
    stderr: str
    """Of long outputs the beginning and the end."""
    stopped: str | None
    """Why it did not come to an end of its own, in one line."""
    seconds: float
    level: str
    """What held it: namespaces or landlock."""

    @property
    def passed(self) -> bool:
        """Whether it ended with exit status 0."""
        return self.status == 0


class Workspace:
    """The copy, and how to run the command in it."""

    def __init__(self, cwd: Path, argv: Sequence[str], levels: Sequence[str] = LEVELS) -> None:
        """Copy the working tree that a folder is in.

        Args:
            cwd: where the user would run the command.
            argv: the command, as a shell would take it apart.
            levels: what may hold it.

        Raises:
            UsageError: there is no such command, its interpreter does not start, or the tree is
                too large.
        """
        self.cwd = cwd = cwd.resolve()
        self.root = root_of(cwd)
        self._within = cwd.relative_to(self.root)
        program = _found(argv[0], cwd)
        self._project = with_interpreter(self.root, _interpreter(program, self.root))
        self._argv = [self._visible(argv[0], program, cwd), *argv[1:]]
        self._levels = levels
        self._stop, self._stopping = os.pipe()
        self._running, self._ended = 0, threading.Condition()
        self._folder = Path(tempfile.gettempdir(), f"cogitate-{secrets.token_hex(8)}")
        self._tree = self._folder / "tree"
        named = [str(self._within / name) for name in argv]
        try:
            make_folder(self._folder)
            self.files = files(self.root, named)
            copy(self.root, self.files, self._tree)
            (self._tree / self._within).mkdir(parents=True, exist_ok=True)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Workspace":
        """Return itself."""
        return self

    def __exit__(self, *_error: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """End what still runs, and remove the copy."""
        os.close(self._stopping)  # so that the other end can be read
        with self._ended:
            self._ended.wait_for(lambda: self._running == 0)
        os.close(self._stop)
        _remove(self._folder)

    def run(
        self,
        texts: Mapping[str, str] | None = None,
        wall_s: int = 20,
        more: Sequence[str] = (),
    ) -> Ran:
        """Run the command once, in a fresh copy.

        Args:
            texts: texts of files that differ from the tree, by their paths from the root.
            wall_s: seconds until it is stopped.
            more: further arguments of the command.

        Raises:
            SandboxError: nothing here can hold it.
        """
        with self._ended:
            self._running += 1
        scratch: Path | None = None
        try:
            scratch = Path(tempfile.mkdtemp(dir=self._folder))
            scratch.chmod(0o755)
            shutil.copytree(self._tree, scratch / "copy", copy_function=os.link, symlinks=True)
            for name, text in (texts or {}).items():
                put(scratch / "copy" / name, text)
            (scratch / "root").mkdir()
            (scratch / "write").mkdir(mode=0o777)
            return self._run(scratch, wall_s, more)
        finally:
            if scratch is not None:
                _remove(scratch)
            with self._ended:
                self._running -= 1
                self._ended.notify_all()

    def lacks(self, message: str, ran: Ran) -> str | None:
        """Return what a command fails without that the sandbox takes away, if it names it.

        Example: lacks("KeyError: 'SHOP_KEY'", ran) -> "the variable SHOP_KEY"
        """
        given = self._environment(self._folder)
        if name := withheld(message, given, ran.stdout + ran.stderr):
            return f"the variable {name}"
        if found := re.search(r"(?<!\w)~/[\w./-]+", message):
            is_there = os.path.exists(os.path.expanduser(found[0]))  # noqa: PTH110, PTH111
            return found[0] if is_there else None
        if file := self._not_copied(message):
            return str(file)
        if program := _only_here(f"{message}\n{ran.stderr}", given["PATH"]):
            return f"the program {program}"
        return "the network" if _UNREACHED.search(message) else None

    def _not_copied(self, message: str) -> PurePath | None:
        """Return a file of the tree that a message names and that the copy lacks."""
        bases = (self.cwd, self.root, self.root / "src")
        paths = [base / name for base in bases for name in _QUOTED.findall(message)]
        if found := _NO_MODULE.search(message):
            folders, _, name = found[1].replace(".", "/").rpartition("/")
            paths += [base / folders / name / "__init__.py" for base in bases]
            beside = [path for base in bases for path in (base / folders).glob(f"{name}.*")]
            paths += [path for path in beside if path.suffix in (".py", ".so")]
        for path in paths:
            own = PurePath(os.path.relpath(path, self.root))
            is_there = os.path.isfile(path)  # noqa: PTH113 - False also for what is no path
            if is_there and ".." not in own.parts and own not in self.files:
                return own
        return None

    def _run(self, scratch: Path, wall_s: int, more: Sequence[str]) -> Ran:
        inside = [name for name in self._project.path if self._is_copied(Path(name))]
        ended = run(
            Command(
                argv=[*self._argv, *more],
                project=self.root,
                copy=scratch / "copy",
                scratch=scratch,
                read=(*self._project.read, *_HOSTS),
                listed=self._project.listed,
                environment=self._environment(scratch / "write"),
                wall_s=wall_s,
                cpu_s=wall_s,
                write_mb=_ROOM_MB,
                output_bytes=_OUTPUT_BYTES,
                levels=self._levels,
                room_mb=_ROOM_MB,
                within=str(self._within),
                path=[*_python_path(self.root), *inside],
            ),
            self._stop,
        )

        def as_here(output: str) -> str:
            """Name the project by its own place, and the empty home by ~."""
            named = output.replace(str(scratch / "fresh"), str(self.root))
            return named.replace(str(scratch / "write"), "~")

        return Ran(
            status=ended.status,
            stdout=as_here(ended.report.decode(errors="replace")),
            stderr=as_here(ended.printed),
            stopped=ended.fault if ended.status is None or ended.status < 0 else None,
            seconds=ended.seconds,
            level=ended.level,
        )

    def _environment(self, home: Path) -> dict[str, str]:
        folders = dict.fromkeys(str(Path(p).parent) for p in (self._argv[0], self._project.python))
        kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
        prefix = Path(self._project.python).parent.parent
        if (prefix / "pyvenv.cfg").exists():
            kept["VIRTUAL_ENV"] = str(prefix)
        base = site.getuserbase()
        if any(Path(name).is_relative_to(base) for name in self._project.path):
            kept["PYTHONUSERBASE"] = base  # packages of `pip install --user`
        if own := _python_path(self.root):
            kept["PYTHONPATH"] = os.pathsep.join(own)
        return {"LANG": "C.UTF-8"} | kept | {
            "PATH": ":".join([*(name for name in folders if name != "."), _SYSTEM_PATH]),
            "HOME": str(home),
            "TMPDIR": str(home),
            "COLUMNS": "200",
            "NO_COLOR": "1",
            "PYTHON_COLORS": "0",
            "PYTHONDONTWRITEBYTECODE": "1",
        }  # fmt: skip

    def _visible(self, name: str, program: Path, cwd: Path) -> str:
        """Return what to execute: a path that is the same in the copy, or a file of the copy.

        Raises:
            UsageError: the program is where a command does not look.
        """
        if self._is_copied(program):
            return os.path.relpath(program, cwd) if os.sep in name else str(program)
        if re.fullmatch(r"python[\d.]*", program.name):
            return self._project.python  # what a launcher, such as pyenv's, executes
        beside = Path(self._project.python).with_name(program.name)
        for path in (program, beside):
            if path.exists() and any(map(path.is_relative_to, (*SYSTEM, *self._project.read))):
                return str(path)
        raise UsageError(
            f"{program} is outside of what the sandbox shows: pipe its error to cogitate debug"
        )

    def _is_copied(self, path: Path) -> bool:
        is_read = any(path.is_relative_to(name) for name in self._project.read)
        return path.is_relative_to(self.root) and not is_read


def _only_here(message: str, path: str) -> str | None:
    """Return a program that a message names and that the user's PATH has, but not `path`."""
    names = (said or quoted for said, quoted in _NO_PROGRAM.findall(message))
    return next((n for n in names if shutil.which(n) and not shutil.which(n, path=path)), None)


def _found(name: str, cwd: Path) -> Path:
    """Return the program that a shell would execute.

    Raises:
        UsageError: there is none.
    """
    place = str(cwd / name) if os.sep in name else name
    found = shutil.which(place)
    if found is None and name in ("python", "python3"):  # as where no environment is active
        return Path(own_interpreter(root_of(cwd)))
    if found is None:
        raise UsageError(f"there is no command {name}")
    return Path(found).absolute()  # links stay: an environment's python is one


def _interpreter(program: Path, root: Path) -> str:
    """Return the Python that a program belongs to, as pytest does to the one beside it."""
    if re.fullmatch(r"python[\d.]*", program.name):
        return str(program)
    beside = program.with_name("python")
    is_system = str(program.parent) in _SYSTEM_PATH.split(":")
    return own_interpreter(root) if is_system or not beside.exists() else str(beside)


def _python_path(root: Path) -> list[str]:
    """Return the folders of PYTHONPATH that are in the project."""
    names = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [Path(name).absolute() for name in names if name]
    return [str(path) for path in paths if path.is_relative_to(root)]


def _remove(folder: Path) -> None:
    """Remove a folder, also what a command has made inaccessible in it."""
    for where, folders, _names in os.walk(folder):
        for name in folders:
            path = Path(where, name)
            if not path.is_symlink() and not os.access(path, os.W_OK | os.X_OK):
                path.chmod(0o700)
    shutil.rmtree(folder, ignore_errors=True)
