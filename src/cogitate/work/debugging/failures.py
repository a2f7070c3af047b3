r"""What a command's output says of its failure, cut to the project's own part.

    read('Traceback ...\n  File "/p/shop.py", line 3, in total\n ...KeyError: "price"', tree)
      ->  Failure(kind="KeyError", message='"price"', frames=(Frame(path="shop.py", ...),), ...)

Python's tracebacks, also chained ones and those of syntax errors, pytest's and unittest's output
are taken apart; of other languages the lines that name an error.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from cogitate.work.debugging.trees import Tree

_COLOUR = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
_FRAME = re.compile(r'^[\s|]*File "(?P<path>[^"]+)", line (?P<line>\d+)(?:, in (?P<function>.+))?$')
_ERROR = re.compile(r"^(?P<kind>[A-Za-z_][\w.]*)(?:: (?P<message>.*))?$")
_IN_PYTEST = re.compile(
    r"^(?P<path>\S[^:]*\.py):(?P<line>\d+):(?: in (?P<function>.+)|(?: [\w.]+)?)$"
)
_SECTION = re.compile(r"^_{3,} (.+?) _{3,}$")
_SUBTEST = re.compile(r"^SUBFAIL.*?(?= \S+\.py::)", re.MULTILINE)
"""How pytest names a part of a test that failed, before the test."""
_FAILED = re.compile(
    rf"^(?:FAILED|ERROR|{_SUBTEST.pattern}) (?!\()(\S.*?)(?: - .*)?$", re.MULTILINE
)
_UNITTEST = re.compile(r"^(?:FAIL|ERROR): (.+)\n-{20,}$", re.MULTILINE)
_COUNT = re.compile(r"(\d+) (passed|failed|errors?|skipped|xfailed)\b")
_SKIPPED = re.compile(r"^(?:OK|FAILED) \(.*?\bskipped=(\d+)", re.MULTILINE)
_IN_CONFTEST = "ImportError while loading conftest "
_LINKS = ("During handling of the above", "The above exception was the direct cause")
_MAX_CHARS, _MAX_FRAMES = 2_000, 12
LANGUAGES = {
    "JavaScript": re.compile(r"^\s+at .*\.[mc]?[jt]sx?:\d+:\d+\)?$", re.MULTILINE),
    "Go": re.compile(r"^(?:panic: |goroutine \d+ |\S*\.go:\d+:\d+: )", re.MULTILINE),
    "Rust": re.compile(r"^(?:error(?:\[E\d+\])?: .*\n +--> |thread '.*' panicked)", re.MULTILINE),
    "Java": re.compile(r"^\s+at [\w.$<>]+\(\w+\.java:\d+\)|^\S+\.java:\d+: error:", re.MULTILINE),
    "C or C++": re.compile(
        r"^\S+\.(?:c|cc|cpp|cxx|h|hpp):\d+:\d+: (?:fatal )?error:", re.MULTILINE
    ),
}
"""How errors of other languages look."""
_PLACE = re.compile(r"(?P<path>[\w./\\-]+\.[A-Za-z]{1,4}):(?P<line>\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A line of the project that a failure came through.

    Example: Frame(path="shop.py", line=3, function="total")
    """

    path: str
    """From the project's root."""
    line: int
    function: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """What went wrong.

    Example: Failure(kind="KeyError", message="'price'", frames=(Frame(...),),
    text="Traceback ...", tests=frozenset({"test_shop.py::test_total"}))
    """

    kind: str
    """Name of the exception; Error if there is none; Timeout or Stopped if there was no end."""
    message: str
    frames: tuple[Frame, ...] = ()
    """The project's own, the innermost last."""
    text: str
    """For reading: own frames and the error."""
    tests: frozenset[str] = frozenset()
    """Those that failed, of pytest or unittest."""
    language: str = "Python"

    @property
    def signature(self) -> tuple[str, str]:
        """Kind and message without what varies between runs."""
        message = re.sub(r"0x[0-9a-f]+|\d+|/\S+", "_", self.message)
        return self.kind, " ".join(message.split())[:200]

    @property
    def title(self) -> str:
        """Kind and message in one line."""
        return f"{self.kind}: {' '.join(self.message.split())}".removesuffix(": ")[:160]


def read(output: str, tree: Tree) -> Failure:
    """Return the failure that an output tells of, the last one if there are several."""
    text = _COLOUR.sub("", output).replace("\r\n", "\n")
    tests = failed_tests(text)
    found = _of_pytest(text, tree, tests) if _is_pytest(text) else None
    found = found or _of_tracebacks(text, tree, tests) or _of_another_language(text, tree)
    if found is not None:
        return found
    lines = [line for line in text.splitlines() if line.strip()]
    message = lines[-1].strip() if lines else "it printed nothing"
    tail = "\n".join(lines[-15:])[-_MAX_CHARS:]
    return Failure(kind="Error", message=message, text=tail or message, tests=tests)


def failed_tests(text: str) -> frozenset[str]:
    """Return the names of tests that failed."""
    return frozenset([*_FAILED.findall(text), *_UNITTEST.findall(text)])


def counts(text: str) -> dict[str, int]:
    """Return how many tests passed, failed and so on by the last summary; {} if there is none.

    Parts that failed are counted by pytest as further tests, and here not.

    Example: counts("== 1 failed, 3 passed in 0.10s ==") -> {"failed": 1, "passed": 3}
    """
    for line in reversed(text.splitlines()):
        if found := _COUNT.findall(line):
            if " in " in line:
                each = {kind.removesuffix("s"): int(number) for number, kind in found}
                if "failed" in each:
                    each["failed"] -= len(_SUBTEST.findall(text))
                return each
        elif ran := re.match(r"^Ran (\d+) tests? in ", line):
            num_failed, skipped = len(set(_UNITTEST.findall(text))), _SKIPPED.findall(text)
            num_passed = int(ran[1]) - num_failed - int(skipped[-1] if skipped else 0)
            return {"passed": num_passed, "failed": num_failed}
    return {}


# ---------------------------------------------------------------- Python


def _of_tracebacks(text: str, tree: Tree, tests: frozenset[str]) -> Failure | None:
    """Read the last traceback, with those that it was chained to."""
    blocks = list(_tracebacks(text.splitlines()))
    if not blocks:
        return None
    chain = [blocks[-1]]
    for block, after in zip(blocks[-2::-1], blocks[:0:-1], strict=False):
        if not after.linked:
            break
        chain.insert(0, block)
    frames = [frame for block in chain for frame in _own(block.frames, tree)]
    parts = [_shown(block, tree) for block in chain]
    between = "\n\nDuring handling of this exception, another one occurred:\n\n"
    return Failure(
        kind=chain[-1].kind,
        message=chain[-1].message,
        frames=tuple(frames),
        text=_cut(between.join(parts)),
        tests=tests,
    )


@dataclass(frozen=True, slots=True)
class _Traceback:
    frames: list[tuple[str, int, str]]
    kind: str
    message: str
    linked: bool
    """Whether it was raised while another one was handled."""


def _tracebacks(lines: Sequence[str]) -> Iterator[_Traceback]:
    """Yield tracebacks; one ends with the first line after its frames that is not indented."""
    frames: list[tuple[str, int, str]] = []
    linked = False
    for number, line in enumerate(lines):
        plain = re.sub(r"^[ |+-]*\| ?", "", line) if "|" in line[:12] else line
        if place := _FRAME.match(line):
            frames.append((place["path"], int(place["line"]), place["function"] or "<module>"))
        elif plain.startswith(_LINKS):
            linked = True
        elif plain.startswith("Traceback (most recent call last)"):
            frames = []
        elif frames and plain.strip() and not plain.startswith(" "):
            if error := _ERROR.match(plain):
                message = "\n".join([error["message"] or "", *_rest(lines[number + 1 :])]).strip()
                yield _Traceback(frames, error["kind"], message, linked)
            frames, linked = [], False


def _rest(lines: Sequence[str]) -> Iterator[str]:
    """Yield the lines that go on with a message."""
    for line in lines[:5]:
        if not line.strip() or _FRAME.match(line) or not line.startswith(" "):
            return
        yield line.strip()


def _own(frames: Sequence[tuple[str, int, str]], tree: Tree) -> list[Frame]:
    found: list[Frame] = []
    for path, line, function in frames:
        own = tree.own(path)
        frame = None if own is None else Frame(path=own, line=line, function=function)
        if frame is not None and frame not in found:  # a recursion repeats them
            found.append(frame)
    if len(found) > _MAX_FRAMES:
        found = [*found[:4], *found[4 - _MAX_FRAMES :]]
    return found


def _shown(block: _Traceback, tree: Tree) -> str:
    lines = ["Traceback (most recent call last):"]
    for frame in _own(block.frames, tree):
        lines.append(f'  File "{frame.path}", line {frame.line}, in {frame.function}')
        if source := tree.line(frame.path, frame.line).strip():
            lines.append(f"    {source}")
    return "\n".join([*lines, f"{block.kind}: {block.message}".removesuffix(": ")])


# ---------------------------------------------------------------- pytest


def _is_pytest(text: str) -> bool:
    parts = "FAILURES|ERRORS|short test summary info"
    return re.search(rf"^(=+ ({parts}) =+|{_IN_CONFTEST}.*)$", text, re.MULTILINE) is not None


def _of_pytest(text: str, tree: Tree, tests: frozenset[str]) -> Failure | None:
    """Read the section of the first test that failed."""
    sections = list(_sections(text.splitlines())) or [("conftest.py", text.splitlines())]
    read = [_of_section(name, lines, tree, tests) for name, lines in sections]
    return next((one for one in read if one.frames), read[0] if read else None)


def _sections(lines: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
    name, section = None, list[str]()
    for line in [*lines, "====="]:
        header = _SECTION.match(line)
        if header or line.startswith("====="):
            if name is not None:
                yield name, section
            name, section = (header[1] if header else None), []
        elif not line.startswith("-----"):
            section.append(line)


def _of_section(name: str, lines: Sequence[str], tree: Tree, tests: frozenset[str]) -> Failure:
    errors = [line[1:].removeprefix("   ") for line in lines if re.match(r"^E(\s|$)", line)]
    matches = [(line, _KIND.match(line)) for line in errors]
    kinds = [(line, match) for line, match in matches if match]
    kind, message = "AssertionError", errors[0].strip() if errors else ""
    if kinds:
        kind, message = kinds[-1][1]["kind"], kinds[-1][1]["message"] or ""
    frames: list[tuple[str, int, str]] = []
    for line in lines:
        place = _IN_PYTEST.match(line) or _FRAME.match(re.sub(r"^E\s+", "", line))
        if place:
            function = place["function"] or name.rpartition(".")[2]
            frames.append((place["path"], int(place["line"]), function))
    own = _own(frames, tree)
    shown: list[str] = [f"{name} fails:"]
    for frame in own:
        shown.append(f"{frame.path}:{frame.line}: in {frame.function}")
        shown.append(f"    {tree.line(frame.path, frame.line).strip()}")
    shown += [f"E   {line}" for line in errors if re.match(r"\s*[^\s?]", line)]
    return Failure(
        kind=kind, message=message, frames=tuple(own), text=_cut("\n".join(shown)), tests=tests
    )


_KIND = re.compile(
    r"^(?P<kind>[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Iteration|Failed|Timeout|Warning))"
    r"(?:: (?P<message>.*))?$"
)
"""A line of pytest that names an exception, and is no explanation."""


# ---------------------------------------------------------------- others


def _of_another_language(text: str, tree: Tree) -> Failure | None:
    language = next((name for name, form in LANGUAGES.items() if form.search(text)), None)
    if language is None:
        return None
    lines = [line for line in text.splitlines() if line.strip()]
    said = re.compile(r"error|exception|panic|undefined|cannot", re.IGNORECASE)
    message = next((line.strip() for line in lines if said.search(line)), lines[0].strip())
    places = [(m["path"], int(m["line"]), "") for m in _PLACE.finditer(text)]
    return Failure(
        kind="Error",
        message=message,
        frames=tuple(_own(places, tree)),
        text=_cut("\n".join(lines)),
        language=language,
    )


def _cut(text: str) -> str:
    """Return a text without its middle where it is long; the error is at its end."""
    if len(text) <= _MAX_CHARS:
        return text
    return f"{text[: _MAX_CHARS // 3]}\n[...]\n{text[-2 * _MAX_CHARS // 3 :]}"


def stopped(reason: str, root: Path, text: str) -> Failure:
    """Return the failure of a command that was stopped, as after its time."""
    tail = text.replace(f"{root}/", "")[-500:]
    kind = "Timeout" if reason.startswith("no end") else "Stopped"
    return Failure(kind=kind, message=reason, text=f"{tail}\n{reason}".strip())
