import re
from dataclasses import dataclass

TIMES = re.compile(r"(\d+):(\d\d):(\d\d),(\d{3}) --> (\d+):(\d\d):(\d\d),(\d{3})")


@dataclass
class Cue:
    start: int
    end: int
    text: str


def milliseconds(hours, minutes, seconds, millis):
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(millis)


def timestamp(total):
    seconds, millis = divmod(total, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d},{millis:03d}"


def load(text):
    cues = []
    for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n").strip()):
        lines = block.split("\n")
        if len(lines) < 2:
            continue
        parts = TIMES.match(lines[1]).groups()
        body = "\n".join(lines[2:])
        cues.append(Cue(milliseconds(*parts[:4]), milliseconds(*parts[4:]), body))
    return cues


def dump(cues):
    ordered = sorted(cues, key=lambda cue: cue.start)
    return "\n".join(
        f"{number}\n{timestamp(cue.start)} --> {timestamp(cue.end)}\n{cue.text}\n"
        for number, cue in enumerate(ordered, start=1)
    )


def shift(cues, offset):
    moved = [Cue(max(0, cue.start + offset), cue.end + offset, cue.text) for cue in cues]
    return [cue for cue in moved if cue.end > 0]
