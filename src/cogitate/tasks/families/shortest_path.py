"""Shortest path on a small map, by breadth-first search.

    roads A C, C B, A D, A to B -> thought " A: C D. C: B. B C A", answer "A C B"

A road is written as its two places: each place then stands next to its neighbours.
A thought goes out from the start breadth first, and writes the newly reached places of each place,
until the goal is reached; then it goes back from the goal. A self-correction starts with a random
walk that fails. Every shortest path is correct. Level n has n + 3 places; the ood split has lower
case letters and three more places.
"""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from random import Random
from string import ascii_lowercase, ascii_uppercase

from cogitate.tasks.splits import begin, draw_phrasing, draw_within
from cogitate.types import Task, Verdict
from cogitate.verify.strict import shown

PHRASINGS = (
    "Roads: {roads}. Shortest way from {start} to {goal}?",
    "The roads are {roads}. Go from {start} to {goal} by the fewest roads.",
    "Map: {roads}. What is the shortest path from {start} to {goal}?",
)
OOD_PHRASINGS = (
    "Between {start} and {goal}, which way is shortest on these roads: {roads}?",
    "Given the roads {roads}, how do I get from {start} to {goal} fastest?",
)
NUM_LEVELS = 8
_LEVEL_WEIGHTS = (2, 3, 3, 2)
_SEPARATORS = re.compile(r"[-→>,\s]+(?:to\s+)?", re.IGNORECASE)
_OOD_PLACES = 3
_LONGEST_WALK = 3
_SELF_CORRECTION_SHARE = 0.25
"""Share of the solutions with self-corrections that begin with a random walk."""

Map = Mapping[str, Sequence[str]]
"""Place -> its neighbours, in the order of the roads."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A map with a start and a goal.

    Example: Trip(roads=("AC", "CB"), start="A", goal="B")
    """

    roads: tuple[str, ...]
    start: str
    goal: str


class ShortestPath:
    """The family: see the module."""

    name = "shortest_path"
    num_levels = NUM_LEVELS

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return question `seed` of a split; without a level, of four to seven places."""
        key, rng = begin(self.name, split, seed, level, self.num_levels)
        level = level or rng.choices(range(1, 5), _LEVEL_WEIGHTS)[0]
        num_places = level + 3 + (_OOD_PLACES if split == "ood" else 0)
        letters = ascii_lowercase if split == "ood" else ascii_uppercase
        trip = draw_within(
            split,
            lambda: _draw(rng, letters, num_places),
            _content,
            f"{self.name} maps of level {level}",
        )
        phrasing = draw_phrasing(rng, split, PHRASINGS, OOD_PHRASINGS)
        return Task(
            key=key,
            family=self.name,
            level=level,
            question=phrasing.format(roads=_listed(trip.roads), start=trip.start, goal=trip.goal),
            target=" ".join(shortest(trip)),
            metadata={
                "cluster": _content(trip),
                "roads": list(trip.roads),
                "start": trip.start,
                "goal": trip.goal,
            },
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return reward 1 for any shortest path, else 0.

        Places may be separated by spaces, commas, arrows, "to" or nothing.
        """
        trip = _trip(task)
        named = answer.lower() if trip.start.islower() else answer.upper()
        places = _SEPARATORS.split(named.strip())
        wrong = _fault(list(places[0]) if len(places) == 1 else places, trip)
        if wrong is None:
            return Verdict(reward=1.0, why=f"{shown(answer)} is right")
        return Verdict(reward=0.0, why=f"{shown(answer)}: {wrong}")

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Return the breadth-first search, in some solutions after a random walk that fails."""
        rng, trip = Random(f"walk/{task.key}"), _trip(task)
        walk = _walk(rng, trip)
        walks = rng.random() < _SELF_CORRECTION_SHARE and walk[-1] != trip.goal
        return (f" {' '.join(walk)} no." if walks else "") + rings(trip), task.target

    def demonstrate_straight(self, task: Task) -> tuple[str, str]:
        """Return the breadth-first search."""
        return rings(_trip(task)), task.target


def rings(trip: Trip) -> str:
    """Return the search from the start to the goal, and the path back, as text.

    Example: rings(Trip(roads=("AC", "CB", "AD"), start="A", goal="B")) ->
    " A: C D. C: B. B C A"
    """
    reached, came_from = _search(trip)
    lines = [f" {' '.join([place + ':', *new])}." for place, new in reached]
    return f"{''.join(lines)} {' '.join(_back(came_from, trip.goal))}"


def shortest(trip: Trip) -> list[str]:
    """Return the shortest path that `rings` finds."""
    return _back(_search(trip)[1], trip.goal)[::-1]


def _search(trip: Trip) -> tuple[list[tuple[str, list[str]]], dict[str, str]]:
    """Return the newly reached places of each place in turn, and each place's predecessor."""
    neighbours, came_from = _map(trip.roads), {trip.start: ""}
    waiting, reached = deque([trip.start]), list[tuple[str, list[str]]]()
    while trip.goal not in came_from:
        place = waiting.popleft()
        new = [other for other in neighbours[place] if other not in came_from]
        came_from |= dict.fromkeys(new, place)
        waiting += new
        reached.append((place, new))
    return reached, came_from


def _back(came_from: Mapping[str, str], goal: str) -> list[str]:
    path = [goal]
    while came_from[path[-1]]:
        path.append(came_from[path[-1]])
    return path


def _fault(path: Sequence[str], trip: Trip) -> str | None:
    neighbours, best = _map(trip.roads), shortest(trip)
    if path[:1] != [trip.start] or path[-1:] != [trip.goal]:
        return f"it does not go from {trip.start} to {trip.goal}"
    for here, there in pairwise(path):
        if there not in neighbours.get(here, ()):
            return f"there is no road from {here} to {there}"
    return None if len(path) == len(best) else f"{' '.join(best)} is shorter"


def _draw(rng: Random, letters: str, num_places: int) -> Trip:
    """Draw a connected map and two places on it that are not next to each other."""
    while True:
        places = rng.sample(letters, num_places)
        pairs = {frozenset((places[i], rng.choice(places[:i]))) for i in range(1, num_places)}
        pairs |= {frozenset(rng.sample(places, 2)) for _ in range(num_places // 3)}
        roads = ["".join(rng.sample(sorted(pair), 2)) for pair in sorted(pairs, key=sorted)]
        rng.shuffle(roads)
        start, goal = rng.sample(places, 2)
        trip = Trip(roads=tuple(roads), start=start, goal=goal)
        if len(shortest(trip)) > 2:
            return trip


def _walk(rng: Random, trip: Trip) -> list[str]:
    """Walk at random, never to a visited place, up to the goal, a dead end or the limit."""
    neighbours, path = _map(trip.roads), [trip.start]
    while path[-1] != trip.goal and len(path) <= _LONGEST_WALK:
        onward = [place for place in neighbours[path[-1]] if place not in path]
        if not onward:
            break
        path.append(rng.choice(onward))
    return path


def _map(roads: Sequence[str]) -> dict[str, list[str]]:
    neighbours: dict[str, list[str]] = {}
    for one, other in roads:
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
    return neighbours


def _trip(task: Task) -> Trip:
    given = task.metadata
    return Trip(roads=tuple(given["roads"]), start=given["start"], goal=given["goal"])


def _listed(roads: Sequence[str]) -> str:
    """Return roads as text, with spaces, so that a place is always the same token."""
    return ", ".join(" ".join(road) for road in roads)


def _content(trip: Trip) -> str:
    """Return the canonical form of a trip: order and direction of roads do not matter."""
    roads = " ".join(sorted("".join(sorted(road)) for road in trip.roads))
    return f"{roads} {trip.start} {trip.goal}"
