"""Accuracy and thinking cost of any sampler on any family, with intervals.

Four functions measure one family with a given sampler: `score`, `trace` (accuracy against thinking
budget), `at_deadlines` and `find_frontier`; `evaluate` takes a loaded model. Results have one
record per question, so that two models can be compared in pairs: `difference(result, base)`.
"""

import sys

from cogitate.evaluate.compare import Difference, difference, pooled
from cogitate.evaluate.curve import Curve, Point, auto_budgets, trace
from cogitate.evaluate.deadlines import AtDeadline, Deadlines, at_deadline, at_deadlines
from cogitate.evaluate.effort import Effort, effort, effort_against
from cogitate.evaluate.frontier import Frontier, find_frontier
from cogitate.evaluate.intervals import (
    Interval,
    difference_interval,
    mean_interval,
    share_interval,
)
from cogitate.evaluate.result import FamilyResult, Record, from_json, summarise
from cogitate.evaluate.saved import Measured
from cogitate.evaluate.scoring import EvalSpec, evaluate, judge_again, score
from cogitate.verbs import Verb

__all__ = [
    "AtDeadline",
    "Curve",
    "Deadlines",
    "Difference",
    "Effort",
    "EvalSpec",
    "FamilyResult",
    "Frontier",
    "Interval",
    "Measured",
    "Point",
    "Record",
    "at_deadline",
    "at_deadlines",
    "auto_budgets",
    "difference",
    "difference_interval",
    "effort",
    "effort_against",
    "evaluate",
    "find_frontier",
    "from_json",
    "judge_again",
    "mean_interval",
    "pooled",
    "score",
    "share_interval",
    "summarise",
    "trace",
]

sys.modules[__name__].__class__ = Verb  # `cogitate.evaluate(...)`
