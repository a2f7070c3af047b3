from dataclasses import dataclass, field
from datetime import date


@dataclass
class Release:
    version: str
    day: date | None
    changes: dict[str, list[str]] = field(default_factory=dict)


def parse(text):
    releases = []
    section = None
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("## "):
            version, _, day = line[3:].partition(" - ")
            releases.append(Release(version, date.fromisoformat(day) if day else None))
            section = None
        elif line.startswith("### "):
            section = releases[-1].changes.setdefault(line[4:], [])
        elif line.startswith("- "):
            if section is None:
                raise ValueError(f"line {number}: entry outside of a section")
            section.append(line[2:])
    return releases


def render(releases):
    blocks = ["# Changelog\n"]
    for release in releases:
        head = f"{release.version} - {release.day}" if release.day else release.version
        lines = [f"## {head}"]
        for title, entries in release.changes.items():
            lines += [f"### {title}", *(f"- {entry}" for entry in entries)]
        blocks.append("\n".join(lines) + "\n")
    return "\n".join(blocks)


def bump(version, changes):
    major, minor, patch = map(int, version.split("."))
    if "Removed" in changes:
        return f"{major + 1}.0.0"
    if "Added" in changes:
        return f"{major}.{minor + 1}.0"
    return f"{major}.{minor}.{patch + 1}"
