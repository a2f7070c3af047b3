"""Typed configuration of a training run: a recipe is a function that returns one.

Few knobs (STYLE 7): what can be derived is derived.
"""

from cogitate.config.checks import MIN_VOCABULARY, check, need
from cogitate.config.fields import (
    ColdStartConfig,
    OptimConfig,
    PracticeConfig,
    PretrainConfig,
    RLConfig,
    RunConfig,
    TaskConfig,
    TrainConfig,
    WatchConfig,
)
from cogitate.config.reading import differences, from_json, to_json

__all__ = [
    "MIN_VOCABULARY",
    "ColdStartConfig",
    "OptimConfig",
    "PracticeConfig",
    "PretrainConfig",
    "RLConfig",
    "RunConfig",
    "TaskConfig",
    "TrainConfig",
    "WatchConfig",
    "check",
    "differences",
    "from_json",
    "need",
    "to_json",
]
