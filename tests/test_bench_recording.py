"""Recordings of a terminal, for the README."""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from subprocess import run

BENCH = Path(__file__).parents[1] / "bench"
SVG = "{http://www.w3.org/2000/svg}"


def recorded(out: Path, *commands: str) -> str:
    script = [sys.executable, BENCH / "recording.py", "--out", out, "--title", "a test"]
    found = run([*script, *commands], capture_output=True, text=True, check=False)
    return found.stdout + found.stderr


def screens(path: Path) -> list[list[str]]:
    groups = ET.parse(path).getroot().findall(f"{SVG}g")
    return [["".join(line.itertext()) for line in group] for group in groups]


def test_what_commands_show_is_a_picture_of_screens(tmp_path: Path) -> None:
    out = tmp_path / "out.svg"
    commands = (r"printf '\033[31m<red>\033[0m\n'; sleep 0.3; echo two", r"printf 'a\rb'")
    recorded(out, *commands)
    first, *_, last = screens(out)
    assert first == [f"$ {commands[0]}", "<red>"]
    assert last == [*first, "two", f"$ {commands[1]}", "b"]
    assert 'fill="#ff8575">&lt;red&gt;' in out.read_text("utf-8")
    assert "pauses cut to 1.5 s" in out.read_text("utf-8")


def test_a_command_that_fails_is_not_recorded(tmp_path: Path) -> None:
    assert "false exits with 1" in recorded(tmp_path / "out.svg", "false")
    assert not (tmp_path / "out.svg").exists()
