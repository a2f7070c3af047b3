from copyname import free_name


def test_many_copies():
    taken = ["log.txt"] + [f"log ({i}).txt" for i in range(1, 12)]
    assert free_name("log.txt", taken) == "log (12).txt"


def test_copies_without_the_original():
    assert free_name("log.txt", ["log (1).txt"]) == "log.txt"


def test_gap_in_the_middle():
    taken = ["x.csv", "x (1).csv", "x (3).csv", "x (4).csv"]
    assert free_name("x.csv", taken) == "x (2).csv"


def test_taken_may_be_a_set():
    assert free_name("x.csv", {"x.csv", "x (1).csv"}) == "x (2).csv"


def test_folder():
    assert free_name("New folder", ["New folder", "New folder (1)"]) == "New folder (2)"


def test_same_stem_with_other_extension_is_not_in_the_way():
    assert free_name("logo.png", ["logo.svg", "logo (1).png"]) == "logo.png"


def test_two_dots():
    assert free_name("a.b.c", ["a.b.c", "a.b (1).c"]) == "a.b (2).c"
