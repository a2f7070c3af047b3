"""Every target that no sensible answer matches is warned of, and every one that an echo matches."""

import json
import random
from collections.abc import Iterable
from pathlib import Path

import pytest

from cogitate.tasks import check
from cogitate.tasks.files.rows import Rows, gather_rows, task_of
from cogitate.tasks.warnings import target_warnings


def warned(*pairs: tuple[str, str]) -> list[str]:
    """Warnings for questions and answers, each on a line of its own."""
    numbered = enumerate(({"question": q, "answer": a} for q, a in pairs), start=1)
    rows = gather_rows("rows", numbered)
    tasks = {row.line: task_of(row, "rows", f"{row.line}") for row in rows}
    return target_warnings("line", tasks, Rows("rows", rows))


SENSIBLE = [
    ("~6", "6"), ("≈ 3.14", "3.14"), (">5", "5"), ("±2", "2"), ("5+", "5"), ("#7", "7"),
    ("x = 7", "7"), ("y=2x + 1", "2x + 1"), ("= 7", "7"), ("Answer: Lima", "Lima"),
    ("The final answer is 7", "7"), ("It is 7.", "7."), ("about 20", "20"),
    ("7.", "7"), ("Lima.", "Lima"), ("A)", "A"), ("A.", "A"), ("東京。", "東京"),
    ("(A)", "A"), ("[5]", "5"), ("“Lima”", "Lima"), ("**42**", "42"), ("Lima (Peru)", "Lima"),
    ("$90$ degrees", "90 degrees"),
    ("6 or 7", "6"), ("Lima / Quito", "Lima"), ("Lima; Quito", "Lima"), ("Lima | Quito", "Lima"),
    ("3-5", "3 to 5"), ("3–5", "3 to 5"), ("3 to 5", "3-5"), ("2, 3", "2 and 3"),
    ("red, green, blue", "red, green and blue"),
    ("5 apples", "5"), ("20 N", "20"), ("1.5 million", "1.5"), ("NGN 5", "5"),
    ("3 hours and 20 minutes", "3 hours, 20 minutes"),
    ("10^3", "1e3"), ("1.5 × 10⁶", "1.5e6"),
]  # fmt: skip


@pytest.mark.parametrize(("target", "sensible"), SENSIBLE)
def test_a_sensible_answer_that_is_refused_is_named(target: str, sensible: str) -> None:
    (line,) = warned(("What?", target))
    assert line.startswith(f"line 1: the answer {target!r} ")
    assert line.endswith(f", not by {sensible!r}")


@pytest.mark.parametrize(
    "target",
    ["3,5", "1.234,56", "1.234.567", "1,2,3", "١٢", "seven", "N/A", "None", "--", "???", "tbd",
     "The capital is Lima", "a b c d e f g h i j k l m n", "<answer>7</answer>", "7<|im_end|>"],
)  # fmt: skip
def test_what_is_never_matched_is_named(target: str) -> None:
    (line,) = warned(("What?", target))
    assert line.startswith(f"line 1: the answer {target!r} ")


@pytest.mark.parametrize(
    "target",
    ["7", "-7", ".5", "7.0", "1,234.5", "$1,200", "₦5", "50 %", "12 km", "5 miles per hour",
     "$5/hour", "50 per cent", "5 m²", "-0", "1/2", "½", "1 1/2", "12:30", "3:05 pm", "5 pm", "3rd",
     "1990s", "2024-01-05", "192.168.1.1", "24/7", "Lima", "New York", "C++", "H2O", "COVID-19",
     "Route 66", "f(x)", "2x+1", "x^2", "<", "+", "-", "U.S.A.", "Life Is Beautiful", "yes", "True",
     "A", "rock 'n' roll", "O'Brien", "Romeo and Juliet", "yes/no", "1 2 3 4"],
)  # fmt: skip
def test_usual_targets_are_not_warned_of(target: str) -> None:
    assert warned(("What?", target)) == []


@pytest.mark.parametrize(
    ("target", "is_odd"),
    [
        ("$10^{400000}$", True),
        (r"\frac{1}{2", True),
        (r"\frac{1}{2}.", True),
        (r"The answer is $\frac12$", True),
        (r"0.\overline{3}", True),
        (r"\frac{1}{2}", False),
        (r"$(-\infty, 3]$", False),
        (r"12\text{ km}", False),
        (r"\begin{pmatrix}a\\b\end{pmatrix}", False),
        (r"\$18.00", False),
        ("$x = 7$", False),
    ],
)
def test_latex_that_is_not_read_is_named(target: str, *, is_odd: bool) -> None:
    pytest.importorskip("math_verify")
    assert bool(warned(("What?", target))) == is_odd


@pytest.mark.parametrize(
    ("question", "target", "what"),
    [
        ("Lima", "Lima", "the question itself"),
        ("Copy the line below.\nold stone", "old stone", "the second of its question's two lines"),
        ("Repeat: old stone", "old stone", "the last sentence of its question"),
        ("Copy this. Old stone.", "Old stone", "the last sentence of its question"),
        ("Who wrote 'Emma' first?", "Emma", "what its question has in quotes"),
        ("Round 7.0 to a whole number", "7", "the only number of its question"),
        ("Does it take yes or no?", "yes or no", "the list of options of its question"),
    ],
)
def test_an_echo_that_is_correct_is_named(question: str, target: str, what: str) -> None:
    lines = warned((question, target))
    assert any(f"{target!r} is {what}, so that an echo" in line for line in lines), lines


def test_an_echo_of_one_place_is_named_where_it_is_correct_in_most_rows() -> None:
    numbers = [(f"From {n} to {n + 5}?", str(n + 5)) for n in range(20)]
    (line,) = warned(*numbers)
    assert line.startswith("lines 1, 2, 3, 4, 5 and 15 more: the answer '5' is the last number of")


def usual() -> Iterable[list[tuple[str, str]]]:
    """Files of the usual kinds, whose questions have their answers among others."""
    draw, cities = random.Random(0), ("Lima", "Quito", "Oslo", "Rome")
    options = [(draw.sample(cities, 4), n) for n in range(200)]
    yield [(f"City {n}?\n" + "\n".join(names), draw.choice(names)) for names, n in options]
    yield [(f"City {n}?\nA. {a}\nB. {b}\nAnswer:", draw.choice("AB")) for (a, b, *_), n in options]
    yield [(f"Is {n} odd, yes or no?", draw.choice(("yes", "no"))) for n in range(200)]
    yield [(f"Is {n} or {n ^ 3} larger?", str(max(n, n ^ 3))) for n in range(200)]
    yield [(f"True or false: {n} is odd", str(n % 2 == 1)) for n in range(200)]
    yield [(f"Ann has {n} pears and buys {n % 7 + 3}. How many?", str(n + n % 7 + 3))
           for n in range(200)]  # fmt: skip


@pytest.mark.parametrize("pairs", [*usual()])
def test_choices_and_sums_are_no_echoes(pairs: list[tuple[str, str]]) -> None:
    assert warned(*pairs) == []


OWN = """
def generate(split, seed, level):
    if seed > 30:
        raise IndexError("no more")
    if seed % 2:
        return {"question": f"Repeat: {split}{seed}", "answer": f"{split}{seed}"}
    return {"question": f"What follows {seed} in {split}?", "answer": f"{seed + 1} apples"}

def verify(task, answer):
    return VERIFY
"""


def test_a_python_file_s_targets_are_tried_by_its_own_verifier(tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(OWN.replace("VERIFY", "answer == task.target"))
    lines = check(str(path)).warnings
    assert len(lines) == 4
    assert "train questions 0, 2, 4, 6, 8 and 11 more: the answer '1 apples'" in lines[0]
    assert "test questions 1, 3, 5, 7, 9 and 10 more: the answer 'test1' is the last" in lines[3]
    tolerant = "answer in (task.target, task.target.partition(' ')[0])"
    path.write_text(OWN.replace("VERIFY", tolerant))
    assert [line for line in check(str(path)).warnings if "apples" in line] == []


def test_rows_of_a_python_file_are_all_tried(tmp_path: Path) -> None:
    rows = [{"prompt": f"What costs {n}?", "answer": f"1,{n}"} for n in range(100, 140)]
    (tmp_path / "own.py").write_text(
        f"rows = {json.dumps(rows)}\n"
        "def reward(completions, answer, **columns):\n"
        "    return [float(c == a) for c, a in zip(completions, answer)]\n"
    )
    one, other = check(str(tmp_path / "own.py")).warnings
    assert "matched only as it is written, not by '11" in one
    assert one.startswith("train questions 0, 1")
    assert other.startswith("test questions 0, 1")
