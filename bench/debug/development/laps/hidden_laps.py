from laps import fastest, report


def test_report():
    assert report([1, 2.25]) == ["lap 1: 1.0", "lap 2: 2.2"]
    assert report([]) == []
    assert fastest([3, 1, 1]) == 2
