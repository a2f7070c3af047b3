"""Teach a language model to think before it answers, on the machine you have.

    task -> prompt -> rollout (thought + answer) -> verify (reward) -> advantage -> update
         -> checkpoint -> evaluate (accuracy vs budget) -> serve / ask

Folders follow this line, and imports go one way only. What is public is named here and is
imported when it is first used, so that `import cogitate` is quick and needs no torch:

    policy = cogitate.load("smollm2-135m")
    family = cogitate.load_family("letter_counting")
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cogitate.config import TrainConfig
    from cogitate.engine.engine import Engine
    from cogitate.errors import (
        CheckpointError,
        CogitateError,
        ModelError,
        TrainingStopped,
        UsageError,
    )
    from cogitate.evaluate import Exam, FamilyResult
    from cogitate.models import Policy, load, save
    from cogitate.prompt import answer_text, prompt_tokens, thought_text
    from cogitate.rollout.local import LocalSampler
    from cogitate.rollout.scripted import ScriptedSampler
    from cogitate.tasks import Demonstrates, load_family
    from cogitate.tokenizer import Tokenizer
    from cogitate.types import (
        Budget,
        Datum,
        End,
        Event,
        Family,
        Learner,
        LoadsWeights,
        Publishes,
        Request,
        Rollout,
        Sampler,
        Task,
        ThoughtEnd,
        Verdict,
        Weights,
    )
    from cogitate.update.learner import LocalLearner
    from cogitate.verify import judge

__version__ = "0.1.0"

__all__ = [
    "Budget",
    "CheckpointError",
    "CogitateError",
    "Datum",
    "Demonstrates",
    "End",
    "Engine",
    "Event",
    "Exam",
    "Family",
    "FamilyResult",
    "Learner",
    "LoadsWeights",
    "LocalLearner",
    "LocalSampler",
    "ModelError",
    "Policy",
    "Publishes",
    "Request",
    "Rollout",
    "Sampler",
    "ScriptedSampler",
    "Task",
    "ThoughtEnd",
    "Tokenizer",
    "TrainConfig",
    "TrainingStopped",
    "UsageError",
    "Verdict",
    "Weights",
    "answer_text",
    "judge",
    "load",
    "load_family",
    "prompt_tokens",
    "save",
    "thought_text",
]

_HOMES = {
    "CheckpointError": "errors",
    "CogitateError": "errors",
    "Demonstrates": "tasks",
    "Engine": "engine.engine",
    "Exam": "evaluate",
    "FamilyResult": "evaluate",
    "LocalLearner": "update.learner",
    "LocalSampler": "rollout.local",
    "ModelError": "errors",
    "Policy": "models",
    "ScriptedSampler": "rollout.scripted",
    "Tokenizer": "tokenizer",
    "TrainConfig": "config",
    "TrainingStopped": "errors",
    "UsageError": "errors",
    "answer_text": "prompt",
    "judge": "verify",
    "load": "models",
    "load_family": "tasks",
    "prompt_tokens": "prompt",
    "save": "models",
    "thought_text": "prompt",
}
"""Where each name lives; the rest are types."""


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'cogitate' has no attribute {name!r}")
    value = getattr(import_module(f"cogitate.{_HOMES.get(name, 'types')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return what is public."""
    return __all__
