from datetime import datetime

from accesslog import Hit, parse_line, report

LINES = [
    '192.168.1.20 [2023-12-31 23:59:59] "DELETE /api/users/7" 204 - 0.100',
    '192.168.1.20 [2024-01-01 00:00:00] "GET /b" 200 100 0.010',
    "-- rotated --",
    '192.168.1.21 [2024-01-01 00:00:05] "GET /a?x=1&y=2" 200 50 0.020',
    '192.168.1.21 [2024-01-01 00:00:06] "GET /b" 301 10 3.500',
    '192.168.1.21 [2024-01-01 00:00:07] "GET /c" 400 1 0.001',
    '192.168.1.21 [2024-01-01 00:00:07] "GET /b" 200',
]


def test_parse_line():
    assert parse_line(LINES[0]) == Hit(
        ip="192.168.1.20",
        time=datetime(2023, 12, 31, 23, 59, 59),
        method="DELETE",
        path="/api/users/7",
        status=204,
        size=0,
        seconds=0.1,
    )


def test_query_with_two_parameters():
    hit = parse_line(LINES[3])
    assert (hit.path, hit.status, hit.size) == ("/a", 200, 50)


def test_cut_off_line():
    assert parse_line(LINES[6]) is None


def test_report():
    r = report(LINES)
    assert r["hits"] == 5
    assert r["skipped"] == 2
    assert r["bytes"] == 161
    assert r["clients"] == 2
    assert r["errors"] == {"/c": 400}
    assert r["slowest"] == "/b"
    assert r["pages"] == [("/b", 2), ("/a", 1), ("/api/users/7", 1), ("/c", 1)]


def test_nothing_but_damage():
    r = report(["x", "y"])
    assert r["hits"] == 0
    assert r["skipped"] == 2
    assert r["errors"] == {}
    assert r["slowest"] is None
