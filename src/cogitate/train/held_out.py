"""Held-out accuracy during a run, which selects the best checkpoint."""

from collections.abc import Callable, Mapping
from pathlib import Path

from cogitate.config import TrainConfig
from cogitate.evaluate import EvalSpec, score
from cogitate.protocols import Sampler
from cogitate.tasks import load_family
from cogitate.tokenizer import Tokenizer
from cogitate.train.data.mixture import HeldOut, Mixture
from cogitate.types import Budget
from cogitate.watch.held_out import CONTROL


class HeldOutEval:
    """A fixed set of held-out questions of each family, answered greedily at every evaluation."""

    def __init__(self, mixture: Mixture, config: TrainConfig, say: Callable[[str], None]) -> None:
        """Draw the questions, unless `eval_every` is 0; `say` reports families without any."""
        self._budget = Budget(think=config.rl.think, answer=config.rl.answer)
        num_each = max(1, config.run.eval_n // len(mixture.sources))
        parts = mixture.sources if config.run.eval_every else []
        slices = [HeldOut(source, num_each) for source in parts]
        self.families = [family for family in slices if family.num_tasks]
        """Those with held-out questions; without any there is no evaluation."""
        self.num_questions = sum(family.num_tasks for family in self.families)
        self.judged = [source.family for source in parts]
        """The families whose verifiers give the rewards."""
        controls = config.watch.control if parts else ()
        self._controls = [load_family(name, config.sandbox.level) for name in controls]
        self._num_control = num_each
        for family in slices:
            if not family.num_tasks:
                say(
                    f"{family.name} has too few training questions to hold any out: its accuracy"
                    " is not followed, and without any other the last checkpoint is the model"
                )

    def evaluate(self, sampler: Sampler, tokenizer: Tokenizer) -> Mapping[str, float]:
        """Return `held_out`, the mean strict accuracy, and that of each family with its interval.

        Example: {"held_out": 0.81, "held_out_questions": 120, "held_out/arithmetic": 0.81,
        "held_out_low/arithmetic": 0.72, "held_out_high/arithmetic": 0.88}
        """
        metrics = {"held_out_questions": float(self.num_questions)}
        means: list[float] = []
        for family in self.families:
            spec = EvalSpec(n=family.num_tasks, split="train", budget=self._budget)
            strict = score(sampler, tokenizer, family, spec).strict
            means.append(strict.mean)
            name = self._short(family.name)
            metrics[f"held_out/{name}"] = strict.mean
            metrics[f"held_out_low/{name}"] = strict.low
            metrics[f"held_out_high/{name}"] = strict.high
        for family in self._controls:
            spec = EvalSpec(n=self._num_control, split="train", budget=self._budget)
            metrics[CONTROL + family.name] = score(sampler, tokenizer, family, spec).strict.mean
        return {"held_out": sum(means) / len(means), **metrics}

    def _short(self, name: str) -> str:
        """Return a file's name without its folder, if that is unique."""
        short = Path(name).stem
        return short if [Path(f.name).stem for f in self.families].count(short) == 1 else name
