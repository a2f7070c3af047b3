"""`cogitate train RECIPE`: runs a recipe, with overrides from the command line."""

import dataclasses
import inspect
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import tyro
from rich.console import Console

from cogitate.cli.arguments import first_line, parse
from cogitate.config import TrainConfig, to_json
from cogitate.disk import given
from cogitate.errors import UsageError
from cogitate.recipes import RECIPES, Recipe, find

USAGE = "cogitate train RECIPE [--model M] [--out DIR] [--resume] [--dry-run] [--seed S] ..."


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Train by a recipe. Every setting of its configuration can be overridden."""

    config: Annotated[TrainConfig, tyro.conf.arg(name="")]
    task: str | None = None
    """For the recipe own: the task to learn, a .jsonl, .csv or .py file, or a family."""
    size: str | None = None
    """For the recipe mini: the model's size, nano or mini, on which its settings depend."""
    out: Path | None = None
    """The run's folder; unset: runs/RECIPE."""
    resume: bool = False
    """Continue the run in that folder, or start it if there is none."""
    dry_run: bool = False
    """Show the configuration, a task of each family, and the estimated cost of each phase; train
    nothing."""


def run(args: list[str]) -> int:
    """Train, or print what would be trained."""
    if not args or args[0] in ("-h", "--help"):
        print(_overview())
        return 0
    recipe = find(args[0])
    options = _options(args[0], recipe, args[1:])
    out = options.out or Path("runs") / args[0]
    from cogitate.train import dry_run, preflight, train

    preflight(options.config)
    if options.dry_run:
        _show(options.config)
        dry_run(options.config, Console())
        print(f"Nothing was trained; the run's folder would be {out}.")
    else:
        train(options.config, out, resume=options.resume)
    return 0


def _overview() -> str:
    recipes = "\n".join(f"  {name:<12}{first_line(make)}" for name, make in RECIPES.items())
    return (
        f"usage: {USAGE}\n\n{recipes}\n\ncogitate train RECIPE --help lists every setting of one."
    )


def _options(name: str, recipe: Recipe, args: list[str]) -> Options:
    """Parse overrides of the recipe's configuration, or of the run's with --resume."""
    task, size = _value_of(args, "task"), _value_of(args, "size")
    if task is not None and not _takes(recipe, "task"):
        raise UsageError(f"the recipe {name} has its own tasks; --task is for the recipe own")
    if size is not None and not _takes(recipe, "size"):
        raise UsageError(f"the recipe {name} takes --model M; --size is for the recipe mini")
    out = given(_value_of(args, "out") or Path("runs") / name)
    old = before = _config_of(out) if "--resume" in args else None
    if before is not None and before.recipe != name:
        raise UsageError(f"the run in {out} is one of the recipe {before.recipe}, not of {name}")
    if before is not None and task is not None:
        before = dataclasses.replace(before, tasks=recipe(task=task).tasks)
    if before is not None and size is not None:
        before = dataclasses.replace(before, model=recipe(size=size).model)
    config = before or _fresh(name, recipe, args)
    options = _parsed(config, args)
    if options.config.recipe != name:
        raise UsageError(f"the recipe is {name}; --recipe cannot change it")
    if old is not None and options.config.model == old.model:
        return options
    from cogitate.runs.opening import recorded_name

    model = recorded_name(options.config.model)
    return dataclasses.replace(options, config=dataclasses.replace(options.config, model=model))


def _parsed(config: TrainConfig, args: list[str]) -> Options:
    """Parse overrides of a configuration; thresholds are added to its own."""
    watch = dataclasses.replace(config.watch, thresholds={})
    default = Options(config=dataclasses.replace(config, watch=watch))
    options = parse(Options, args, f"train {config.recipe}", default=default)
    watch = options.config.watch
    watch = dataclasses.replace(watch, thresholds={**config.watch.thresholds, **watch.thresholds})
    return dataclasses.replace(options, config=dataclasses.replace(options.config, watch=watch))


def _fresh(name: str, recipe: Recipe, args: list[str]) -> TrainConfig:
    """Return the recipe's configuration, with --size or --task if it takes them."""
    size = _value_of(args, "size")
    if size is not None:
        return recipe(size=size)
    if not _takes(recipe, "task"):
        return recipe()
    task = _value_of(args, "task")
    if task is None and not {"-h", "--help"} & set(args):
        raise UsageError(f"the recipe {name} needs --task FILE, the task to learn")
    return recipe(task=task or "FILE")


def _takes(recipe: Recipe, parameter: str) -> bool:
    return parameter in inspect.signature(recipe).parameters


def _config_of(out: Path) -> TrainConfig | None:
    """Return the configuration of the run in a folder, if there is one."""
    if not out.is_dir():
        return None
    from cogitate.runs.folder import read_config

    read = read_config(out)
    return None if read is None else read[0]


def _value_of(args: list[str], key: str) -> str | None:
    """Return the last value of `--key`, before parsing."""
    for place, arg in reversed(list(enumerate(args))):
        if arg == f"--{key}" and place + 1 < len(args):
            return args[place + 1]
        if arg.startswith(f"--{key}="):
            return arg.partition("=")[2]
    return None


def _show(config: TrainConfig) -> None:
    from cogitate.tasks import Demonstrates, load_family

    print(json.dumps(to_json(config), indent=1, ensure_ascii=False))
    for part in config.tasks:
        family = load_family(part.family, config.sandbox.level)
        task = family.generate("train", 0, part.level)
        print(f"\n{part.family}, for example:\n  question  {task.question}")
        if isinstance(family, Demonstrates):
            thought, answer = family.demonstrate(task)
            print(f"  thought   {thought}\n  answer    {answer}")
        else:
            print(f"  answer    {task.target}")
