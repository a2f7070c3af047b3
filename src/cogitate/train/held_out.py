"""Held-out accuracy during a run, which selects the best checkpoint."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cogitate.config import TrainConfig
from cogitate.evaluate import EvalSpec, Record, summarise
from cogitate.evaluate.scoring import answered
from cogitate.protocols import Family, Sampler
from cogitate.rollout.together import Refusing
from cogitate.tasks import load_family
from cogitate.tokenizer import Tokenizer
from cogitate.train.data.mixture import HeldOut
from cogitate.train.plan import Plan
from cogitate.types import Budget
from cogitate.watch.held_out import CONTROL


class HeldOutEval:
    """A fixed set of held-out questions of each family, answered greedily at every evaluation."""

    def __init__(self, plan: Plan, config: TrainConfig, say: Callable[[str], None]) -> None:
        """Draw the questions, unless `eval_every` is 0; `say` reports families without any.

        They are asked with the widest budget that RL teaches.
        """
        think = max(config.rl.budgets or (config.rl.think,))
        self._budget = Budget(think=think, answer=config.rl.answer)
        sources = plan.mixture.sources
        num_each = max(1, config.run.eval_n // len(sources))
        parts = sources if config.run.eval_every else []
        slices = [HeldOut(source, num_each, plan.fits) for source in parts]
        self.families = [family for family in slices if family.num_tasks]
        """Those with held-out questions; without any there is no evaluation."""
        self.num_questions = sum(family.num_tasks for family in self.families)
        self.judged = [source.family for source in parts]
        """The families whose verifiers give the rewards."""
        self.why = ""
        """Why a verdict of the last evaluation failed; empty if none did."""
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

        It is over `held_out_questions`, those that were judged; `held_out_failed` were not. Where
        this is all of a family, `held_out` is left out.

        Example: {"held_out": 0.81, "held_out_questions": 120, "held_out_failed": 0,
        "held_out/arithmetic": 0.81, "held_out_low/arithmetic": 0.72,
        "held_out_high/arithmetic": 0.88}
        """
        metrics: dict[str, float] = {}
        means, failed = list[float](), list[Record]()
        for name, family in zip(self._names(), self.families, strict=True):
            records = self._asked(sampler, tokenizer, family, family.num_tasks)
            failed += [record for record in records if record.strict is None]
            if not _has_verdict(records):
                continue
            strict = summarise(family.name, "train", records).strict
            means.append(strict.mean)
            metrics[f"held_out/{name}"] = strict.mean
            metrics[f"held_out_low/{name}"] = strict.low
            metrics[f"held_out_high/{name}"] = strict.high
        self.why = failed[0].why if failed else ""
        for family in self._controls:
            records = self._asked(sampler, tokenizer, family, self._num_control)
            if _has_verdict(records):
                strict = summarise(family.name, "train", records).strict
                metrics[CONTROL + family.name] = strict.mean
        metrics["held_out_questions"] = float(self.num_questions - len(failed))
        metrics["held_out_failed"] = float(len(failed))
        is_whole = len(means) == len(self.families)
        return {"held_out": sum(means) / len(means), **metrics} if is_whole else metrics

    def _asked(
        self, sampler: Sampler, tokenizer: Tokenizer, family: Family, num: int
    ) -> list[Record]:
        spec = EvalSpec(n=num, split="train", budget=self._budget)
        return answered(Refusing(sampler), tokenizer, family, spec)

    def _names(self) -> list[str]:
        """Return a name for each family: of a file without its folder, if that is unique.

        Parts of one family are told apart by their levels.
        """
        names = [family.name for family in self.families]
        stems = [Path(name).stem for name in dict.fromkeys(names)]
        short = {n: s if stems.count(s := Path(n).stem) == 1 else n for n in names}
        return [
            short[family.name]
            if names.count(family.name) == 1 or family.level is None
            else f"{short[family.name]}/{family.level}"
            for family in self.families
        ]


def _has_verdict(records: Sequence[Record]) -> bool:
    return any(record.strict is not None for record in records)
