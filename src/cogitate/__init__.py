"""Teach a language model to think before it answers, on the machine you have.

    task -> prompt -> rollout (thought + answer) -> verify (reward) -> advantage -> update
         -> checkpoint -> evaluate (accuracy vs budget) -> serve / ask

Folders follow this line, and imports go one way only. Public names are listed here and imported
when first used, so that `import cogitate` is fast and needs no torch:

    cogitate.train("canary", "runs/canary")
    model = cogitate.load("runs/canary")
    cogitate.ask(model, 'Which letter of "crane" is "a"?').text
    cogitate.evaluate(model, "letter_finding").strict
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cogitate.ask import Answer, ask
    from cogitate.config import (
        ColdStartConfig,
        DrillConfig,
        OptimConfig,
        PretrainConfig,
        RLConfig,
        RunConfig,
        SandboxConfig,
        ScaleConfig,
        TaskConfig,
        TrainConfig,
        WatchConfig,
    )
    from cogitate.engine.engine import Engine
    from cogitate.errors import (
        CheckpointError,
        CogitateError,
        ModelError,
        TrainingStopped,
        UsageError,
    )
    from cogitate.evaluate import EvalSpec, FamilyResult, evaluate
    from cogitate.models import Policy, save
    from cogitate.prompt import answer_text, prompt_tokens, thought_text
    from cogitate.protocols import Env, Family, Learner, LoadsWeights, Publishes, Sampler
    from cogitate.rollout.local import LocalSampler
    from cogitate.rollout.scripted import ScriptedSampler
    from cogitate.runs.opening import LoadedModel, load
    from cogitate.tasks import Demonstrates, load_family
    from cogitate.tokenizer import Tokenizer
    from cogitate.train import train
    from cogitate.types import (
        Budget,
        Datum,
        End,
        Episode,
        Event,
        Request,
        Rollout,
        Step,
        Task,
        ThoughtEnd,
        Verdict,
        Weights,
    )
    from cogitate.update.learner import LocalLearner
    from cogitate.verify import judge

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "Budget",
    "CheckpointError",
    "CogitateError",
    "ColdStartConfig",
    "Datum",
    "Demonstrates",
    "DrillConfig",
    "End",
    "Engine",
    "Env",
    "Episode",
    "EvalSpec",
    "Event",
    "Family",
    "FamilyResult",
    "Learner",
    "LoadedModel",
    "LoadsWeights",
    "LocalLearner",
    "LocalSampler",
    "ModelError",
    "OptimConfig",
    "Policy",
    "PretrainConfig",
    "Publishes",
    "RLConfig",
    "Request",
    "Rollout",
    "RunConfig",
    "Sampler",
    "SandboxConfig",
    "ScaleConfig",
    "ScriptedSampler",
    "Step",
    "Task",
    "TaskConfig",
    "ThoughtEnd",
    "Tokenizer",
    "TrainConfig",
    "TrainingStopped",
    "UsageError",
    "Verdict",
    "WatchConfig",
    "Weights",
    "answer_text",
    "ask",
    "evaluate",
    "judge",
    "load",
    "load_family",
    "prompt_tokens",
    "save",
    "thought_text",
    "train",
]

_HOMES = {
    "ask": "Answer",
    "config": "ColdStartConfig DrillConfig OptimConfig PretrainConfig RLConfig RunConfig"
    " SandboxConfig ScaleConfig TaskConfig TrainConfig WatchConfig",
    "engine.engine": "Engine",
    "errors": "CheckpointError CogitateError ModelError TrainingStopped UsageError",
    "evaluate": "EvalSpec FamilyResult",
    "models": "Policy save",
    "protocols": "Env Family Learner LoadsWeights Publishes Sampler",
    "prompt": "answer_text prompt_tokens thought_text",
    "rollout.local": "LocalSampler",
    "rollout.scripted": "ScriptedSampler",
    "runs.opening": "LoadedModel load",
    "tasks": "Demonstrates load_family",
    "tokenizer": "Tokenizer",
    "update.learner": "LocalLearner",
    "verify": "judge",
}
"""Module -> its public names; the others are in `types`."""

_VERBS = ("ask", "evaluate", "train")
"""Modules that are callable; see `verbs`."""


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module 'cogitate' has no attribute {name!r}")
    if name in _VERBS:
        return import_module(f"cogitate.{name}")  # which binds it here
    home = next((home for home, names in _HOMES.items() if name in names.split()), "types")
    value = getattr(import_module(f"cogitate.{home}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """Return the public names."""
    return __all__
