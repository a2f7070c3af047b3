"""The letters of five well-known words, each in ten wordings."""

import json
import subprocess
import sys
from pathlib import Path

BENCH = Path(__file__).parents[1] / "bench"


def test_a_thought_spells_a_word_letter_by_letter(monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(BENCH))
    from house_words import spells

    assert spells(" _banana BANANA b a1 n a2 n a3", "banana")
    assert spells(" b a n a n a", "banana")
    assert not spells(" _banana BANANA b a1 n n a2", "banana")
    assert not spells(" b a n a n a s", "ananas")


def test_each_word_is_asked_about_in_ten_wordings() -> None:
    command = [sys.executable, str(BENCH / "house_words.py"), "mini"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout.splitlines()[-1])["rows"]
    assert len(rows) == 50
    assert {row["word"] for row in rows} == {
        "strawberry", "raspberry", "mississippi", "bookkeeper", "banana"
    }  # fmt: skip
    assert all(row["word"].count(row["letter"]) > 1 for row in rows)
