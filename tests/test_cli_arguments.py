"""A result replaces an earlier one of its own kind alone."""

import json
from pathlib import Path

import pytest

from cogitate.cli import _dispatch
from cogitate.cli.arguments import need_target
from cogitate.disk import PAGE_MARK, is_ours, result_kind
from cogitate.errors import UsageError

RESULTS = {
    "evaluate": '{"command": "cogitate evaluate --model mini", "families": {}}',
    "compare": '{"command": "cogitate compare a b", "profiles": {}}',
    "check": json.dumps([{"what": "", "family": "", "ok": True, "shown": "", "advice": ""}]),
    "report": json.dumps([{"recipe": "", "commands": [], "phases": [], "held_out": {}}]),
    "page": f"<!doctype html><head>{PAGE_MARK}</head>",
    "part": '{"asked": "0"}\n',
}


@pytest.mark.parametrize("kind", RESULTS)
def test_a_result_is_replaced_by_one_of_its_kind_and_by_no_other(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "result"
    path.write_text(RESULTS[kind])
    assert is_ours(path)
    assert result_kind(path) == kind
    need_target("--json", path, kind)
    for other in RESULTS.keys() - {kind}:
        with pytest.raises(UsageError, match="holds another result; name another file"):
            need_target("--json", path, other)
    assert path.read_text() == RESULTS[kind]


@pytest.mark.parametrize(
    ("args", "kind"),
    [
        ("evaluate --model mini --json {}", "page"),
        ("evaluate --model mini --json {}", "compare"),
        ("compare mini mini-base --out {}", "evaluate"),
        ("compare mini mini-base --json {}", "evaluate"),
        ("check mini --json {}", "evaluate"),
    ],
)
def test_a_verb_refuses_before_any_work_the_result_of_another(
    args: str, kind: str, tmp_path: Path
) -> None:
    path = tmp_path / "keep"
    path.write_text(RESULTS[kind])
    with pytest.raises(UsageError, match="keep holds another result"):
        _dispatch([*args.format(path).split(), "--family", "arithmetic"])
    assert path.read_text() == RESULTS[kind]
