"""`cogitate report RUN...`: one self-contained HTML file about runs, and its JSON."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from cogitate.cli.arguments import need_target, parse
from cogitate.config import migrations
from cogitate.disk import is_ours, write_whole
from cogitate.errors import UsageError
from cogitate.notices import say
from cogitate.report import Records, page, story
from cogitate.runs.provenance import run_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Write a report about runs: curves, accuracies, rollouts and the commands that made them.

    Files of `cogitate evaluate --json RUN/NAME.json` in a run's folder are included.
    """

    runs: Annotated[tuple[Path, ...], tyro.conf.Positional, tyro.conf.arg(metavar="RUN...")]
    """Folders of runs, finished or not."""
    out: Path | None = None
    """The HTML file; unset: report.html in the first run. The JSON is written beside it."""


def run(args: list[str]) -> int:
    """Write the report and print its path."""
    options = parse(Options, args, "report")
    if not options.runs:
        raise UsageError("no run is named: cogitate report RUN...")
    stories = [story(_records(path)) for path in options.runs]
    out = options.out or options.runs[0] / "report.html"
    data = out.with_suffix(".json")
    if data == out:
        raise UsageError(f"--out: the report's data would replace {data}; name another .html file")
    need_target("--out", out, "page")
    need_target("--out", data, "report")
    write_whole(out, page(stories, shlex.join(["cogitate", "report", *args])))
    write_whole(data, json.dumps(stories, ensure_ascii=False, indent=1) + "\n")
    for own in stories:
        for note in own["notes"]:
            say(f"{own['name']}: {note}")
    print(f"{out}\n{data}")
    return 0


def _records(path: Path) -> Records:
    from cogitate.runs.folder import need_config, read_lines, rollouts

    config, resolved = need_config(path)
    return Records(
        name=path.resolve().name,
        config=config,
        resolved=resolved,
        metrics=read_lines(path / "metrics.jsonl"),
        events=read_lines(path / "events.jsonl"),
        rollouts=[record for step in rollouts(path) for record in read_lines(step)],
        evaluations=_evaluations(path),
    )


def _evaluations(path: Path) -> dict[str, Any]:
    """Return the results of `evaluate --json` in the run's folder, by name, oldest first."""
    found: dict[str, Any] = {}
    files = [file for file in path.glob("*.json") if file.is_file()]
    for file in sorted(files, key=lambda file: file.stat().st_mtime_ns):
        try:
            values = _json(file)
        except UsageError as broken:  # the report is written without it
            say(f"left out: {broken}")
            continue
        if (
            is_ours(file)
            and isinstance(values, dict)
            and {"families", "curves", "deadlines", "frontiers", "reflection"} & values.keys()
        ):
            if _is_of_earlier(path, values.get("conditions", {})):
                say(f"{file} is left out: it is of an earlier run in {path}")
            else:
                found[file.stem] = migrations.evaluation(values)
    return found


def _is_of_earlier(path: Path, conditions: Mapping[str, Any]) -> bool:
    """Return whether an evaluation is of an earlier run in this folder."""
    folder, run = Path(conditions.get("model", "")).resolve(), conditions.get("run")
    return bool(run) and path.resolve() in (folder, folder.parent) and run != run_of(str(path))


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UsageError(f"{file} is not valid JSON: {error}") from error
