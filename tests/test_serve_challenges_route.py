"""Questions that the page keeps as challenges, over real HTTP."""

from collections.abc import Iterator
from pathlib import Path

import httpx2 as httpx
import pytest

from cogitate.cli import main
from cogitate.evaluate.challenges import read_challenges
from cogitate.serve import make_app
from scripted import ScriptedEngine, registry_of
from serving import listening

POST = {"question": "How many r's are in strawberry?", "answer": "3", "note": "a post"}


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    file = tmp_path / "challenges.jsonl"
    app = make_app(registry_of(ScriptedEngine([])), challenges=file)
    with listening(app) as port:
        yield f"http://127.0.0.1:{port}", file


def post(address: str, headers: dict[str, str] | None = None, **body: str) -> httpx.Response:
    headers = {"origin": address} if headers is None else headers
    return httpx.post(f"{address}/challenges", json=body, headers=headers, timeout=20)


def test_a_question_is_kept_once(server: tuple[str, Path]) -> None:
    address, file = server
    assert post(address, **POST).json() == {"challenges": 1}
    (kept,) = read_challenges(file)
    assert (kept.question, kept.answer, kept.note) == tuple(POST.values())
    again = post(address, **POST)
    assert again.status_code == 400
    assert "has this challenge already" in again.json()["error"]["message"]
    assert len(read_challenges(file)) == 1


def test_what_is_no_challenge_is_refused(server: tuple[str, Path]) -> None:
    address, file = server
    wrong = (
        {},
        {"question": "a"},
        {"question": "", "answer": "b"},
        {**POST, "x": "y"},
        {"question": " ", "answer": "b"},
        {"question": "a" * 5000, "answer": "b"},
    )
    for body in wrong:
        assert post(address, **body).status_code == 400, body
    assert not file.exists()


def test_only_the_server_s_own_page_may_write(server: tuple[str, Path]) -> None:
    address, file = server
    for headers in ({}, {"origin": "https://evil.example"}, {"origin": address, "host": "evil"}):
        assert post(address, headers, **POST).status_code == 403, headers
    assert not file.exists()


def test_the_page_offers_it_only_where_it_is_allowed(server: tuple[str, Path]) -> None:
    address, _ = server
    assert "Keep this question as a challenge" in httpx.get(address).text
    with listening(make_app(registry_of(ScriptedEngine([])))) as port:
        plain = f"http://127.0.0.1:{port}"
        assert "Keep this question" not in httpx.get(plain).text
        assert post(plain, **POST).status_code == 404


def test_a_server_for_others_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "c.jsonl"
    serve = ["serve", "--model", "mini", "--port", "0", "--allow-challenges"]
    assert main([*serve, str(file), "--host", "0.0.0.0"]) == 2
    assert "needs --host 127.0.0.1" in capsys.readouterr().err
    file.write_text("no challenge\n")
    assert main([*serve, str(file)]) == 2
    assert "line 1: not a JSON object" in capsys.readouterr().err
    assert main([*serve, str(tmp_path / "none" / "c.jsonl")]) == 2
    assert "no folder" in capsys.readouterr().err
