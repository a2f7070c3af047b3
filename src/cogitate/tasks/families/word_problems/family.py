"""Word problems as in school competitions, with whole numbers.

    Ann has 3 boxes with 12 cards in each. Ann gives 8 of them to Ben. How many cards does Ann have
    now? -> thought " 3 * 12 = 36. 36 - 8 = 28.", answer "28"

Levels 1 to 4 have as many steps; level 5 is a linear equation with one unknown number, in signs
or in words, level 6 one with the unknown on both sides, or with two unknown numbers. Some stories
tell a number that matters to nothing, and some write small numbers in words. The ood split has
other names and things, and questions of its own. A question's split is that of its steps, whatever
it tells.
"""

from random import Random

from cogitate.tasks.families.slips import with_slips
from cogitate.tasks.families.word_problems import equations
from cogitate.tasks.families.word_problems.kinds import KINDS
from cogitate.tasks.families.word_problems.parts import Problem, in_words
from cogitate.tasks.families.word_problems.stories import story
from cogitate.tasks.splits import begin, draw_within
from cogitate.types import Task, Verdict
from cogitate.verify.strict import strict

NUM_LEVELS = 6
_LEVEL_WEIGHTS = (2, 3, 3, 2, 2)
_STORY_SHARE = 0.5
"""Of the problems of a level that has other kinds too."""
_WORDS_SHARE = 0.2
"""Of the stories, of which some numbers are written in words."""
_SLIP_SHARE = 0.1
_EQUATIONS = {5: equations.ONE, 6: equations.TWO}


class WordProblems:
    """The family: see the module."""

    name = "word_problems"
    num_levels = NUM_LEVELS

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return problem `seed` of a split; without a level, of levels 1 to 5."""
        key, rng = begin(self.name, split, seed, level, self.num_levels)
        level = level or rng.choices(range(1, 6), _LEVEL_WEIGHTS)[0]
        problem = draw_within(
            split,
            lambda: _draw(rng, split, level),
            _content,
            f"{self.name} of level {level}",
        )
        return Task(
            key=key,
            family=self.name,
            level=level,
            question=problem.text,
            target=str(problem.target),
            metadata={"cluster": _content(problem), "steps": list(problem.steps)},
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return reward 1 for the number, else 0."""
        return strict(task.target, answer)

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Return the worked solution, with some results first written wrongly and corrected."""
        thought, answer = self.demonstrate_straight(task)
        return with_slips(Random(f"slips/{task.key}"), thought, _SLIP_SHARE), answer

    def demonstrate_straight(self, task: Task) -> tuple[str, str]:
        """Return the steps."""
        return "".join(f" {step}." for step in task.metadata["steps"]), task.target


def _content(problem: Problem) -> str:
    return ". ".join(problem.steps)


def _draw(rng: Random, split: str, level: int) -> Problem:
    if level in _EQUATIONS:
        return rng.choice(_EQUATIONS[level])(rng, split)
    drawn = rng.choice(KINDS[level])(rng, split) if rng.random() < _other_share(level) else None
    while drawn is None:
        drawn = story(rng, split, level)
    if rng.random() < _WORDS_SHARE:
        return Problem.of(in_words(rng, drawn.text), *drawn.steps)
    return drawn


def _other_share(level: int) -> float:
    return 1 - _STORY_SHARE if level in KINDS else 0.0
