"""Names for copies in a file manager, as on most desktops."""

from copyname import free_name


def test_free() -> None:
    assert free_name("report.pdf", []) == "report.pdf"
    assert free_name("report.pdf", ["summary.pdf"]) == "report.pdf"


def test_first_copy() -> None:
    assert free_name("report.pdf", ["report.pdf"]) == "report (1).pdf"


def test_counts_up() -> None:
    taken = ["report.pdf", "report (1).pdf", "report (2).pdf"]
    assert free_name("report.pdf", taken) == "report (3).pdf"


def test_gap() -> None:
    assert free_name("a.txt", ["a.txt", "a (2).txt"]) == "a (1).txt"


def test_without_extension() -> None:
    assert free_name("Makefile", ["Makefile"]) == "Makefile (1)"


def test_two_dots() -> None:
    assert free_name("photos.2024.zip", ["photos.2024.zip"]) == "photos.2024 (1).zip"
