from datetime import datetime

from accesslog import Hit, parse_line, report

LOG = """\
10.0.0.1 [2024-05-01 08:00:01] "GET /index.html" 200 512 0.021
10.0.0.2 [2024-05-01 08:00:02] "GET /missing.png" 404 0 0.002
10.0.0.1 [2024-05-01 08:00:04] "POST /api/items?page=2" 201 48 0.350
this line is damaged
10.0.0.3 [2024-05-01 08:00:09] "GET /index.html?ref=mail" 200 512 0.019
10.0.0.3 [2024-05-01 08:01:00] "GET /api/items" 500 - 1.250
"""


def test_parse_line():
    hit = parse_line(LOG.splitlines()[0])
    assert hit == Hit(
        ip="10.0.0.1",
        time=datetime(2024, 5, 1, 8, 0, 1),
        method="GET",
        path="/index.html",
        status=200,
        size=512,
        seconds=0.021,
    )


def test_parse_line_query():
    assert parse_line(LOG.splitlines()[2]).path == "/api/items"


def test_parse_line_dash():
    assert parse_line(LOG.splitlines()[5]).size == 0


def test_parse_line_damaged():
    assert parse_line("this line is damaged") is None
    assert parse_line("") is None


def test_report():
    r = report(LOG.splitlines())
    assert r["hits"] == 5
    assert r["skipped"] == 1
    assert r["bytes"] == 1072
    assert r["clients"] == 3
    assert r["errors"] == {"/missing.png": 404, "/api/items": 500}
    assert r["slowest"] == "/api/items"
    assert r["pages"] == [("/api/items", 2), ("/index.html", 2), ("/missing.png", 1)]


def test_report_empty():
    r = report([])
    assert r["hits"] == r["bytes"] == r["clients"] == 0
    assert r["slowest"] is None
    assert r["pages"] == []
