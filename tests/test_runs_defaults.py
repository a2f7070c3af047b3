"""The model that is taken where none is named: the best that is pulled."""

import pytest

from cogitate.cli import main
from cogitate.errors import UsageError
from cogitate.runs.defaults import model_to_ask, model_to_code
from serving import serving

Said = pytest.CaptureFixture[str]


@pytest.fixture
def pulled(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The models that are pulled, for a test to fill; mini always is."""
    names = {"mini"}
    monkeypatch.setattr("cogitate.runs.defaults.is_pulled", names.__contains__)
    return names


def test_mini_answers_where_nothing_is_pulled(pulled: set[str], capsys: Said) -> None:
    assert pulled == {"mini"}
    assert model_to_ask() == "mini"
    assert main(["ask", "What is 17 + 25?"]) == 0
    assert capsys.readouterr().out.endswith("42\n")


def test_a_server_is_asked_for_its_first_model(capsys: Said) -> None:
    with serving() as url:
        assert main(["ask", "What is 17 + 25?", "--url", url]) == 0
        assert capsys.readouterr().out.endswith("42\n")
        assert main(["ask", "What is 17 + 25?", "--url", f"{url}/nowhere"]) == 1
        assert f"{url}/nowhere/models" in capsys.readouterr().err


def test_the_best_coder_that_is_pulled_is_asked(pulled: set[str], capsys: Said) -> None:
    with pytest.raises(UsageError, match=r"cogitate models pull qwen2.5-coder-1.5b \(1.1 GB\)"):
        model_to_code()
    pulled.add("coder")
    assert model_to_code() == "coder"
    pulled.add("qwen2.5-coder-1.5b")
    assert model_to_code() == "qwen2.5-coder-1.5b"
    assert "--model names another" in capsys.readouterr().err
