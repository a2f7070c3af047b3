"""Targets and verdicts for reasoning-gym's data sets, where the package has none or wrong ones.

An entry of a data set has a question, an optional answer, and metadata. Data sets with several
correct answers may give none; `answer_of` finds one. A few scorers accept wrong answers or reject
correct ones; `JUDGES` replaces them.
"""

import importlib
import json
import re
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from cogitate.tasks.families.countdown import fault
from cogitate.verify.strict import is_number, same

Entry = Mapping[str, Any]

SEVERAL = frozenset({
    "boxnet", "graph_color", "jugs", "n_queens", "propositional_logic", "rubiks_cube", "rush_hour",
    "sokoban", "word_ladder",
})  # fmt: skip
"""Data sets in which another task's answer, or a longer one, may be correct too."""

_FAILED = "{}"
"""The answer of codeio if its code failed."""
_SIZE = 6
"""Side of the board in Rush Hour, in squares."""
_EXIT = slice(3 * _SIZE - 2, 3 * _SIZE)
"""Where the red car leaves the board."""
_POINTS, _DIGITS, _TOLERANCE = ("3/8", "6/5", "17/6"), 40, 1e-15
"""Points at which two functions are compared, digits of precision, and relative tolerance."""


def answer_of(source: str, entry: Entry) -> str | None:
    """Return a correct answer to an entry of the data set `source`, or None if none is known."""
    if entry["answer"] == _FAILED:
        return None
    if entry["answer"] is not None:
        return str(entry["answer"])
    found = _FINDERS[source](entry["metadata"]) if source in _FINDERS else None
    return found or None


def _boxnet(metadata: Entry) -> str:
    """Move each box in turn to a target of its colour: first along x, then along y."""
    items = [(item, square) for square, here in metadata["initial_state"].items() for item in here]
    targets = [(item, square) for item, square in items if item.startswith("target_")]
    plan: list[dict[str, str]] = []
    for box, square in items:
        if box.startswith("box_"):
            target = next(t for t in targets if t[0][len("target_") :] == box[len("box_") :])
            targets.remove(target)
            plan += [
                {f"Agent[{x}, {y}]": f"move({box}, {to})"}
                for x, y, to in _steps(square, target[1], target[0])
            ]
    return json.dumps(plan)


def _steps(square: str, goal: str, target: str) -> Iterator[tuple[float, float, str]]:
    """Yield each square of the path with the next one; the last leads to the target itself."""
    (x, y), (goal_x, goal_y) = (map(float, place.split("_")) for place in (square, goal))
    while (x, y) != (goal_x, goal_y):
        if x != goal_x:
            next_x, next_y = x + (1 if goal_x > x else -1), y
        else:
            next_x, next_y = x, y + (1 if goal_y > y else -1)
        yield x, y, f"square[{next_x}, {next_y}]"
        x, y = next_x, next_y
    yield x, y, target


def _rush_hour(metadata: Entry) -> str | None:
    """Search breadth first."""
    start = _board(metadata)
    came_from: dict[str, tuple[str, str]] = {start: ("", "")}
    waiting = deque([start])
    while waiting:
        board = waiting.popleft()
        if board[_EXIT] == "AA":
            moves: list[str] = []
            while board != start:
                board, move = came_from[board]
                moves.append(move)
            return " ".join(reversed(moves))
        for move, after in _slides(board):
            if after not in came_from:
                came_from[after] = (board, move)
                waiting.append(after)
    return None


def _board(metadata: Entry) -> str:
    """Return the board as the question shows it: its cars are called A, B, C and so on."""
    config = metadata["board_config"]
    cars = sorted(set(config) - {"o", "x"})
    return config.translate({ord(car): chr(ord("A") + i) for i, car in enumerate(cars)})


def _slides(board: str) -> Iterator[tuple[str, str]]:
    """Yield each move of a car by one square, and the board after it."""
    for car in sorted(set(board) - {"o", "x"}):
        squares = [i for i, label in enumerate(board) if label == car]
        stride = squares[1] - squares[0]
        for sign, head, tail in (("+", squares[-1], squares[0]), ("-", squares[0], squares[-1])):
            to = head + (stride if sign == "+" else -stride)
            same_line = stride == _SIZE or to // _SIZE == head // _SIZE
            if 0 <= to < len(board) and same_line and board[to] == "o":
                after = list(board)
                after[to], after[tail] = car, "o"
                yield f"{car}{sign}1", "".join(after)


def _rubiks_cube(metadata: Entry) -> str:
    """Undo the scramble."""
    moves = reversed(metadata["scramble_moves"].split())
    return " ".join(move[:-1] if move.endswith("'") else move + "'" for move in moves)


_FINDERS: Mapping[str, Callable[[Entry], str | None]] = {
    "boxnet": _boxnet,
    "graph_color": lambda metadata: json.dumps(metadata["possible_answer"]),
    "propositional_logic": lambda metadata: metadata["example_answer"],
    "rubiks_cube": _rubiks_cube,
    "rush_hour": _rush_hour,
}


def _solves_cube(entry: Entry, answer: str) -> bool:
    """Apply the moves; a number after a move repeats it."""
    cube = importlib.import_module("magiccube").Cube(entry["metadata"]["cube_size"])
    cube.rotate(entry["metadata"]["scramble_moves"])
    turns = re.sub(r"(\S*[^\d\s])(\d)", lambda move: " ".join([move[1]] * int(move[2])), answer)
    cube.rotate(turns)
    return cube.is_done()


def _drives_out(entry: Entry, answer: str) -> bool:
    """Apply each move, one square at a time; the last must bring the red car to the exit."""
    board = _board(entry["metadata"])
    for car, sign, squares in re.findall(r"([A-Z])([+-])(\d{1,2})", answer):
        if board[_EXIT] == "AA":
            return False
        for _ in range(int(squares)):
            board = dict(_slides(board))[f"{car}{sign}1"]
    return board[_EXIT] == "AA"


def _integrates(entry: Entry, answer: str) -> bool:
    """Differentiate the answer, and compare with the integrand at a few points."""
    sympy, metadata = importlib.import_module("sympy"), entry["metadata"]
    x = sympy.Symbol(metadata["variable"])
    names = {metadata["variable"]: x, "C": sympy.Symbol("C")}
    derived = sympy.diff(sympy.parse_expr(answer, local_dict=names), x)
    integrand = sympy.parse_expr(metadata["integrand"], local_dict=names)
    for point in _POINTS:
        value = integrand.subs(x, point).evalf(_DIGITS)
        if abs(derived.subs(x, point).evalf(_DIGITS) - value) > _TOLERANCE * (1 + abs(value)):
            return False
    return True


def _concludes(entry: Entry, answer: str) -> bool:
    """Apply the package's scorer, then check that the answer does not only repeat premises."""
    logic = importlib.import_module("reasoning_gym.logic.propositional_logic")
    dataset = logic.PropositionalLogicDataset(logic.PropositionalLogicConfig())
    read, follows = logic.Expression.from_string, dataset._is_valid_conclusion  # noqa: SLF001
    premises = [read(premise) for premise in entry["metadata"]["premises"]]

    def repeats(claim: Any) -> bool:
        if any(follows([claim], one) and follows([one], claim) for one in premises):
            return True
        both = claim.operator == logic.Operator.AND
        return both and repeats(claim.left) and repeats(claim.right)

    return dataset.score_answer(answer, entry) == 1.0 and not repeats(read(answer))


def _same_json(entry: Entry, answer: str) -> bool:
    return answer == entry["answer"].strip() or json.loads(answer) == json.loads(entry["answer"])


def _numbers(text: str) -> list[float]:
    return [float(number) for number in json.loads(text.replace("'", '"'))]


_AGENTS = r'"Agent\[[\d., ]+\]"|"move\(box_\w+, (?:target_\w+|square\[[\d., ]+\])\)"'
_FORMS: Mapping[str, str] = {
    "boxnet": rf"(?:[\[\]{{}},:\s]|{_AGENTS})+",
    "coin_flip": r"[\d.,/e+-]+",
    "complex_arithmetic": r"[\d\s.+()ijIJ-]+",
    "fraction_simplification": r"\$?\s*(?:\\d?frac(?:\s*\{\s*\d+\s*\}){2}|\d+\s*/\s*\d+)\s*\$?",
    "kakurasu": r"[01\s,|\[\]]+",
    "knight_swap": r'(?i:no)|\[\s*(?:"[wB],[A-Z]\d+,[A-Z]\d+"[\s,]*)+\]',
    "palindrome_generation": r"\w+",
    "propositional_logic": r"[A-Z()¬∧∨→↔\s]+",
    "quantum_lock": r"[A-Ca-c](?:[\s,→>-]+[A-Ca-c])*",
    "rush_hour": r"[A-Z][+-]\d{1,2}(?:[\s,]+[A-Z][+-]\d{1,2})*",
    "shortest_path": r"infeasible|(?:up|down|left|right)(?:\s+(?:up|down|left|right))*",
    "sokoban": r"[UDLR]+|[UDLR](?:[\s,]+[UDLR])+",
}
"""Pattern of a whole answer, for data sets whose correct answers differ from the target."""
_EXPRESSIONS = ("intermediate_integration", "polynomial_multiplication", "simple_integration")
_NAMES = "sin cos tan cot sec csc asin acos atan sinh cosh tanh exp E log ln sqrt pi c"


def has_form(source: str, target: str, answer: str) -> bool:
    r"""Return whether an answer has the form of exactly one answer of the data set `source`.

    Scorers skip what they cannot parse and search for the part that fits, so they would reward a
    list of guesses, or text around an answer. Without a known form, the answer must be a number if
    the target is one; otherwise it has only the target's words, and no more numbers than it.

    Example: has_form("survo", "1 2\n3 4", "1 2\n3 4 or 5") -> False
    """
    if source in _EXPRESSIONS:
        names = "|".join({*re.findall(r"\b[A-Za-z]\b", target), *_NAMES.split()})
        form = rf"(?:[\d\s.+*/()-]|\b(?:{names})\b)+"
        return re.fullmatch(form, answer) is not None
    if source in _FORMS:
        return re.fullmatch(_FORMS[source], answer) is not None
    if source in JUDGES or source in SEVERAL:
        return True
    if is_number(target):
        return is_number(answer)
    return not _parts(answer) - _parts(target)


def _parts(text: str) -> Counter[str]:
    """Count the words, ignoring case and a plural's s, and the numbers, ignoring their values."""
    numberless = re.sub(r"\d+(?:\.\d+)?", " 0 ", text.casefold())
    return Counter(word.rstrip("s") for word in re.findall(r"[^\W_]+|\?", numberless))


JUDGES: Mapping[str, Callable[[Entry, str], bool]] = {
    # exceeds the verifier's time limit on wrong answers
    "codeio": _same_json,
    # accepts functions and signs that the question does not allow
    "countdown": lambda entry, answer: (
        fault(answer, entry["metadata"]["numbers"], entry["metadata"]["target"]) is None
    ),
    # accepts any text
    "game_of_life_halting": lambda entry, answer: same(entry["answer"], answer),
    # reads only the first of several numbers, and ignores its sign
    "gsm_symbolic": lambda entry, answer: same(entry["answer"], answer),
    # exceeds the verifier's time limit on wrong answers
    "intermediate_integration": _integrates,
    # accepts any words after the correct ones
    "letter_jumble": lambda entry, answer: same(entry["answer"], answer),
    # accepts numbers that are off by up to 1
    "number_sorting": lambda entry, answer: _numbers(entry["answer"]) == _numbers(answer),
    # accepts repeated premises
    "propositional_logic": _concludes,
    # accepts any numbers that make 24
    "puzzle24": lambda entry, answer: fault(answer, entry["metadata"]["numbers"], 24) is None,
    # ignores moves of inner layers
    "rubiks_cube": _solves_cube,
    # skips impossible moves
    "rush_hour": _drives_out,
    # exceeds the verifier's time limit on wrong answers
    "simple_integration": _integrates,
}
"""Replacements of the package's scorers, by data set."""
