"""The cost of `watch`, and its alarms on runs in which nothing was wrong.

    python bench/watching.py runs/quickstart runs/mini

The rules are applied again to the logs of each run, and timed: texts of rollouts, metrics,
verifiers' probes. Seconds a step are compared with those of the run's own steps.
"""

import argparse
import json
import statistics
import time
from pathlib import Path

from cogitate.runs.folder import read_config, read_lines
from cogitate.tasks import load_family
from cogitate.tasks.capabilities import Derives
from cogitate.watch import text_metrics
from cogitate.watch.held_out import judge_verifier
from cogitate.watch.replay import replay

PARTS = ("rollout_s", "verify_s", "update_s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", type=Path, nargs="+")
    found = {str(run): look_at(run) for run in parser.parse_args().runs}
    for name, row in found.items():
        print(
            f"{name}: {row['steps']} steps of {row['step_s']:.2f} s; watching takes"
            f" {1000 * row['watch_s']:.1f} ms a step ({row['share']:.2%}),"
            f" {1000 * row['evaluation_s']:.0f} ms an evaluation"
        )
        for line in row["alarms"]:
            print(f"  {line}")
    print("\n" + json.dumps({"benchmark": "watching", "runs": found}))


def look_at(run: Path) -> dict:
    read = read_config(run)
    assert read is not None, f"{run} is no run"
    config, lines = read[0], read_lines(run / "metrics.jsonl")
    steps = [line for line in lines if line["phase"] != "held_out"]
    start = time.perf_counter()
    alarms = replay(config, lines)
    rules_s = (time.perf_counter() - start) / len(lines)
    families = [load_family(task.family) for task in config.tasks]
    texts_s = [time_texts(path, families) for path in (run / "rollouts").glob("step-*.jsonl")]
    start = time.perf_counter()
    for family in families:
        judge_verifier(family)
    evaluation_s = time.perf_counter() - start
    watched_s = rules_s + (statistics.mean(texts_s) if texts_s else 0.0)
    rl = [line for line in steps if line["phase"] == "rl"] or steps
    step_s = statistics.mean(sum(line.get(part, 0.0) for part in PARTS) for line in rl)
    return {
        "steps": len(steps), "step_s": step_s, "watch_s": watched_s, "share": watched_s / step_s,
        "evaluation_s": evaluation_s,
        "alarms": [f"step {step} {alarm.level}: {alarm.line}" for step, alarm in alarms],
    }  # fmt: skip


def time_texts(path: Path, families: list) -> float:
    records = read_lines(path)
    start = time.perf_counter()
    text_metrics(records)
    for family in families:
        if isinstance(family, Derives):
            for record in records:
                if record["reward"] == 1 and record["thought"]:
                    family.derives(record["thought"], record["answer"])
    return time.perf_counter() - start


if __name__ == "__main__":
    main()
