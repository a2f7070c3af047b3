"""What a killed run of people.py left is no obstacle to going on."""

from pathlib import Path
from types import SimpleNamespace

import pytest

BENCH = Path(__file__).parents[1] / "bench"


def test_results_of_a_cell_are_kept_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    import people

    model = SimpleNamespace(budget=lambda *_: None, sampler=lambda _: None)
    monkeypatch.setattr(people, "load", lambda _: model)
    monkeypatch.setattr(people, "EVALS", {})
    cell = people.Cell(kind="complete", num=50, way="rl", seed=0)
    write = Path.write_text

    def killed(path: Path, text: str, encoding: str | None = None) -> None:
        write(path, text[:1])
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_text", killed)
        with pytest.raises(KeyboardInterrupt):
            people.measured(tmp_path, tmp_path, cell)
    assert people.measured(tmp_path, tmp_path, cell) == {}
    assert [path.name for path in tmp_path.iterdir()] == ["complete-50-rl-0.json"]
