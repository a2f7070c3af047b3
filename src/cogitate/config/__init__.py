"""Typed configuration of a training run; a recipe is a function that returns one.

There are few settings (STYLE 7): what can be derived is derived.
"""

from cogitate.config import migrations
from cogitate.config.checks import MIN_VOCABULARY, check, need
from cogitate.config.fields import (
    ColdStartConfig,
    DrillConfig,
    OptimConfig,
    PretrainConfig,
    RLConfig,
    RunConfig,
    SandboxConfig,
    ScaleConfig,
    SupervisedConfig,
    TaskConfig,
    TrainConfig,
    WatchConfig,
)
from cogitate.config.reading import differences, from_json, to_json

__all__ = [
    "MIN_VOCABULARY",
    "ColdStartConfig",
    "DrillConfig",
    "OptimConfig",
    "PretrainConfig",
    "RLConfig",
    "RunConfig",
    "SandboxConfig",
    "ScaleConfig",
    "SupervisedConfig",
    "TaskConfig",
    "TrainConfig",
    "WatchConfig",
    "check",
    "differences",
    "from_json",
    "migrations",
    "need",
    "to_json",
]
