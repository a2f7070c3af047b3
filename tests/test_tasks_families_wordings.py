"""Questions in other words: the same tasks, and wordings that no training has seen."""

import re
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path
from string import Formatter

import pytest

import cogitate
from cogitate.config import TaskConfig
from cogitate.errors import UsageError
from cogitate.tasks import FAMILIES, fingerprint, load_family, num_levels, open_family
from cogitate.tasks.families.wordings import SETS, UNSEEN
from cogitate.train.data.mixture import Mixture

FOLDER = Path(cogitate.__file__).parent / "shipped" / "wordings"
FILES = sorted(FOLDER.glob("*.txt"))
OURS = [path.stem for path in FILES if path.stem != "frames"]


def sections(path: Path) -> dict[str, list[str]]:
    """Return the lines below each heading of a file."""
    parts = re.split(r"^\[(.*)\]\n", path.read_text("utf-8"), flags=re.MULTILINE)
    return {name: text.splitlines() for name, text in zip(parts[1::2], parts[2::2], strict=True)}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_forty_wordings_of_which_ten_are_in_no_training(path: Path) -> None:
    found = sections(path)
    unseen = sum(len(its) for name, its in found.items() if name.endswith("unseen"))
    assert unseen >= 10
    assert sum(map(len, found.values())) - unseen >= 30
    every = [line for its in found.values() for line in its]
    assert len(set(every)) == len(every)
    assert all(line.strip() == line and line for line in every)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_wordings_differ_in_shape(path: Path) -> None:
    """What is around the words filled in is no near copy of another wording's."""
    for its in sections(path).values():
        plain = sorted(re.sub(r"\{\w+\}", "", line).lower() for line in its if len(line) > 40)
        for one, other in pairwise(plain):
            assert SequenceMatcher(None, one, other).ratio() < 0.8, (one, other)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_wording_of_a_kind_says_as_much(path: Path) -> None:
    """A list of numbers may be written in several ways; nothing else may be left out."""
    several = {"numbers": "list", "comma": "list", "plain": "list"}
    several |= {"letters": "letter", "bare": "word"}
    optional = {"kind"}
    for name, its in sections(path).items():
        said = {
            frozenset(
                several.get(field, field)
                for _, field, _, _ in Formatter().parse(line)
                if field and field not in optional
            )
            for line in its
        }
        assert len(said) == 1, (name, said)


@pytest.mark.parametrize("words", SETS)
@pytest.mark.parametrize("name", [name for name in FAMILIES if name != "humaneval"])
def test_tasks_are_those_of_the_family(name: str, words: str) -> None:
    family, worded = open_family(name), open_family(f"{name}:wordings={words}")
    for split in ("train", "test"):
        for level in range(1, (num_levels(family) or 1) + 1):
            for seed in range(3):
                plain, other = (own.generate(split, seed, level) for own in (family, worded))
                assert other.key == f"{name}:wordings={words}{plain.key.removeprefix(name)}"
                assert other.question != plain.question or name not in OURS
                assert other.target == plain.target
                cluster = other.metadata["cluster"]  # an unseen wording's questions are one
                assert other.metadata == {**plain.metadata, "cluster": cluster}
                if words == UNSEEN and name in OURS:
                    assert cluster in (FOLDER / f"{name}.txt").read_text("utf-8").splitlines()
                else:
                    assert cluster == plain.metadata["cluster"]
                assert "{" not in other.question or "{" in plain.question
                assert worded.generate(split, seed, level) == other
        assert worded.verify(other, other.target) == family.verify(plain, plain.target)


@pytest.mark.parametrize("name", OURS)
def test_all_that_a_question_is_about_is_still_said(name: str) -> None:
    """Each number and each capital or quoted word of the plain question."""
    family, worded = open_family(name), open_family(f"{name}:wordings=seen")
    for seed in range(200):
        plain, other = (own.generate("test", seed) for own in (family, worded))
        about = re.findall(r"\d+", plain.question if name != "logic" else "")
        about += [str(plain.metadata[key]) for key in ("text", "letter") if key in plain.metadata]
        about += plain.metadata.get("roads", [])
        for text in about:
            assert text.lower() in other.question.lower(), (plain.question, other.question)


def test_no_word_is_quoted_twice() -> None:
    family = open_family("spelling:wordings=unseen")
    assert not any('""' in family.generate("test", seed).question for seed in range(500))


def test_what_stands_around_a_block_of_code_is_on_other_lines() -> None:
    for name in ("code", "bugfix"):
        family = open_family(f"{name}:wordings=seen")
        for seed in range(100):
            lines = family.generate("train", seed).question.splitlines()
            fences = [line for line in lines if line.startswith("```")]
            assert len(fences) % 2 == 0
            assert set(fences) <= {"```", "```python"}


def test_unseen_wordings_are_evaluated_on_and_refused_in_training() -> None:
    names = [f"{name}:wordings=unseen" for name in ("countdown", "word_problems")]
    one, other = map(load_family, names)
    assert fingerprint(one) != fingerprint(other)
    for name in names:
        with pytest.raises(UsageError, match="for evaluation alone; train on :wordings=seen"):
            Mixture([TaskConfig(family=name)])


@pytest.mark.parametrize("name", ["countdown:wordings=some", "mine.jsonl:wordings=seen", "code:x"])
def test_other_options_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        open_family(name)
