import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime

LINE = re.compile(r'(\S+) \[([^\]]+)\] "(\S+) ([^\s?"]+)\S*" (\d{3}) (\d+|-) ([\d.]+)')


@dataclass
class Hit:
    ip: str
    time: datetime
    method: str
    path: str
    status: int
    size: int
    seconds: float


def parse_line(line):
    match = LINE.fullmatch(line.strip())
    if not match:
        return None
    ip, time, method, path, status, size, seconds = match.groups()
    size = 0 if size == "-" else int(size)
    return Hit(ip, datetime.fromisoformat(time), method, path, int(status), size, float(seconds))


def report(lines):
    parsed = [parse_line(line) for line in lines]
    hits = [hit for hit in parsed if hit is not None]
    slowest = max(hits, key=lambda hit: hit.seconds, default=None)
    pages = Counter(hit.path for hit in hits)
    return {
        "hits": len(hits),
        "skipped": len(parsed) - len(hits),
        "bytes": sum(hit.size for hit in hits),
        "clients": len({hit.ip for hit in hits}),
        "errors": {hit.path: hit.status for hit in hits if hit.status >= 400},
        "slowest": slowest.path if slowest else None,
        "pages": sorted(pages.items(), key=lambda item: (-item[1], item[0])),
    }
