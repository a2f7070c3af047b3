"""Calendar: days, clocks and units in words, worked step by step.

    It is 9:47. What time is it in 2 hours 35 minutes? -> thought " 9 and 2 hours = 11. 47 and
    35 = 82. 82 is 60 and 22. 12:22.", answer "12:22"

Levels, in order of difficulty: 1 whole hours after a time, 2 days of the week, 3 hours and minutes
as minutes, 4 hours and minutes after a time, 5 hours and minutes before a time, 6 dates across the
ends of months. The ood split has more days and hours than any level.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from cogitate.tasks.families.slips import with_slips
from cogitate.tasks.splits import begin, draw_phrasing, draw_within
from cogitate.types import Task, Verdict
from cogitate.verify.strict import same, strict

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = {"January": 31, "February": 28, "March": 31, "April": 30, "May": 31, "June": 30,
          "July": 31, "August": 31, "September": 30, "October": 31, "November": 30,
          "December": 31}  # fmt: skip
"""Month -> days, in a common year."""
NUM_LEVELS = 6
_LEVEL_WEIGHTS = (2, 2, 3, 3)
_SLIP_SHARE = 0.2
_PLAIN_YEAR = date(2023, 1, 1)
_LAST_SURE_DAY = 365 + 31 + 28
"""Last day, from the start of the year, before the next year's February may matter."""
_OOD_DAYS, _OOD_HOURS = (100, 199), (13, 23)
"""Range of the ood split; other splits have smaller values at every level."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worked:
    """One question in its phrasings, with its worked solution.

    Example: Worked(known=("Today is Monday. Which day is it in 3 days?",), new=("...",),
    target="Thursday", steps=("Tue Wed Thu",))
    """

    known: tuple[str, ...]
    new: tuple[str, ...]
    """Phrasings of the ood split only."""
    target: str
    steps: tuple[str, ...]
    accepted: tuple[str, ...] = ()
    """Other ways to write the target."""


class Calendar:
    """The family: see the module."""

    name = "calendar"
    num_levels = NUM_LEVELS

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return question `seed` of a split; without a level, of levels 1 to 4."""
        key, rng = begin(self.name, split, seed, level, self.num_levels)
        level = level or rng.choices(range(1, 5), _LEVEL_WEIGHTS)[0]
        worked = draw_within(
            split,
            lambda: _KINDS[level - 1](rng, split),
            lambda drawn: drawn.known[0],
            f"{self.name} questions of level {level}",
        )
        return Task(
            key=key,
            family=self.name,
            level=level,
            question=draw_phrasing(rng, split, worked.known, worked.new),
            target=worked.target,
            metadata={
                "cluster": worked.known[0],
                "steps": list(worked.steps),
                "accepted": list(worked.accepted),
            },
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return reward 1 for the day, time, date or number, else 0."""
        written = next((other for other in task.metadata["accepted"] if same(other, answer)), None)
        return strict(written or task.target, answer)

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Return the worked solution, with some results first written wrongly and corrected."""
        thought, answer = self.demonstrate_straight(task)
        return with_slips(Random(f"slips/{task.key}"), thought, _SLIP_SHARE), answer

    def demonstrate_straight(self, task: Task) -> tuple[str, str]:
        """Return the worked solution."""
        return "".join(f" {step}." for step in task.metadata["steps"]), task.target


def _days(rng: Random, split: str, min_days: int, max_days: int) -> int:
    return rng.randint(*(_OOD_DAYS if split == "ood" else (min_days, max_days)))


def _hours(rng: Random, split: str, max_hours: int) -> int:
    return rng.randint(*(_OOD_HOURS if split == "ood" else (2, max_hours)))


def _whole_hours(rng: Random, split: str) -> Worked:
    hour, minute = rng.randint(0, 23), rng.randint(0, 59)
    hours = _hours(rng, split, 12)
    end = (hour + hours) % 24
    return Worked(
        known=(
            f"It is {_time(hour, minute)}. What time is it in {hours} hours?",
            f"What time is {hours} hours after {_time(hour, minute)}?",
        ),
        new=(
            f"A train leaves at {_time(hour, minute)} and takes {hours} hours."
            " When does it arrive?",
        ),
        target=_time(end, minute),
        accepted=_spelled_out(end, minute),
        steps=(f"{hour} and {hours} = {_on_the_clock(hour + hours)}",),
    )


def _weekday(rng: Random, split: str) -> Worked:
    """Skip whole weeks and name the remaining days: " 16 is 14 and 2. Tue Wed."."""
    today, num_days = rng.randrange(7), _days(rng, split, 2, 99)
    weeks, rest = divmod(num_days, 7)
    passed = [DAYS[(today + day) % 7] for day in range(1, rest + 1)]
    whole = (f"{num_days} is {7 * weeks} and {rest}",) if weeks else ()
    return Worked(
        known=(
            f"Today is {DAYS[today]}. Which day is it in {num_days} days?",
            f"What day comes {num_days} days after {DAYS[today]}?",
        ),
        new=(f"If it is {DAYS[today]} now, what day will it be {num_days} days from now?",),
        target=passed[-1] if passed else DAYS[today],
        steps=(*whole, " ".join(day[:3] for day in passed) or "the same"),
    )


def _minutes(rng: Random, split: str) -> Worked:
    hours, minutes = _hours(rng, split, 12), rng.randint(1, 59)
    total = 60 * hours
    return Worked(
        known=(
            f"How many minutes are {hours} hours and {minutes} minutes?",
            f"Give {hours} hours {minutes} minutes in minutes.",
        ),
        new=(f"A film takes {hours} hours and {minutes} minutes. How many minutes is that?",),
        target=str(total + minutes),
        steps=(f"{hours} times 60 = {total}", f"{total} and {minutes} = {total + minutes}"),
    )


def _clock(rng: Random, split: str) -> Worked:
    hour, minute = rng.randint(0, 23), rng.randint(0, 59)
    hours, minutes = _hours(rng, split, 6), rng.randint(1, 59)
    total = minute + minutes
    late = (hour + hours) % 24
    end = (late + total // 60) % 24
    over = (f"{total} is 60 and {total - 60}",) if total >= 60 else ()
    return Worked(
        known=(
            f"It is {_time(hour, minute)}. What time is it in {hours} hours {minutes} minutes?",
            f"What time is {hours} hours {minutes} minutes after {_time(hour, minute)}?",
        ),
        new=(
            f"A train leaves at {_time(hour, minute)} and takes {hours} hours {minutes} minutes."
            " When does it arrive?",
        ),
        target=_time(end, total % 60),
        accepted=_spelled_out(end, total % 60),
        steps=(
            f"{hour} and {hours} hours = {late}",
            f"{minute} and {minutes} = {total}",
            *over,
            _time(end, total % 60),
        ),
    )


def _clock_back(rng: Random, split: str) -> Worked:
    hour, minute = rng.randint(0, 23), rng.randint(0, 59)
    hours, minutes = _hours(rng, split, 6), rng.randint(1, 59)
    early = (hour - hours) % 24
    borrows = minute < minutes
    rest = minute - minutes + 60 * borrows
    begun = (early - borrows) % 24
    borrowed = (f"one hour less = {begun}",) if borrows else ()
    return Worked(
        known=(
            f"It is {_time(hour, minute)}. What time was it {hours} hours {minutes} minutes ago?",
            f"What time is {hours} hours {minutes} minutes before {_time(hour, minute)}?",
        ),
        new=(
            f"A train that takes {hours} hours {minutes} minutes arrives at {_time(hour, minute)}."
            " When did it leave?",
        ),
        target=_time(begun, rest),
        accepted=_spelled_out(begun, rest),
        steps=(
            f"{hour} less {hours} hours = {early}",
            f"{minute + 60 * borrows} less {minutes} = {rest}",
            *borrowed,
            _time(begun, rest),
        ),
    )


def _date(rng: Random, split: str) -> Worked:
    names = list(MONTHS)
    num_days = _days(rng, split, 20, 99)
    first = _PLAIN_YEAR + timedelta(rng.randrange(min(365, _LAST_SURE_DAY - num_days)))
    left, month = first.day + num_days, first.month - 1
    steps = [f"{first.day} and {num_days} = {left}"]
    while left > MONTHS[names[month % 12]]:
        days = MONTHS[names[month % 12]]
        steps.append(f"{names[month % 12]} has {days}, left = {left - days}")
        left -= days
        month += 1
    end = names[month % 12]
    start = f"{first.day} {names[first.month - 1]}"
    return Worked(
        known=(
            f"Which date is {num_days} days after {start}, in no leap year?",
            f"It is {start} of a year that is no leap year. What date is it in {num_days} days?",
        ),
        new=(f"From {start}, no leap year, I count {num_days} days on. Which date is that?",),
        target=f"{left} {end}",
        accepted=(f"{end} {left}", f"{_ordinal(left)} {end}", f"{end} {_ordinal(left)}"),
        steps=(*steps, f"{left} {end}"),
    )


def _ordinal(day: int) -> str:
    """Return 1st, 2nd, 3rd, 4th ... 31st."""
    ending = "th" if 10 < day < 20 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")
    return f"{day}{ending}"


def _time(hour: int, minute: int) -> str:
    return f"{hour}:{minute:02}"


def _on_the_clock(hours: int) -> str:
    """Return hours since midnight, with the hour of the next day from 24 on: "26 = 2"."""
    return f"{hours}" if hours < 24 else f"{hours} = {hours - 24}"


def _spelled_out(hour: int, minute: int) -> tuple[str, ...]:
    """Return the time with a leading zero, if its hour has one digit."""
    return (f"0{_time(hour, minute)}",) if hour < 10 else ()


_KINDS: tuple[Callable[[Random, str], Worked], ...] = (
    _whole_hours, _weekday, _minutes, _clock, _clock_back, _date
)  # fmt: skip
