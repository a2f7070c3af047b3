from subtitles import Cue, dump, load, shift

FILE = """\
7
01:02:03,004 --> 01:02:05,678
- Who is it?
- Me.

9
10:00:00,000 --> 10:00:00,990
2024
"""


def test_load():
    assert load(FILE) == [
        Cue(start=3723004, end=3725678, text="- Who is it?\n- Me."),
        Cue(start=36000000, end=36000990, text="2024"),
    ]


def test_dump_numbers_from_one():
    assert dump(load(FILE)).split("\n")[0] == "1"
    assert load(dump(load(FILE))) == load(FILE)


def test_dump_nothing():
    assert dump([]) == ""


def test_dump_one():
    cue = Cue(start=59999, end=60000, text="tick\ntock")
    assert dump([cue]) == "1\n00:00:59,999 --> 00:01:00,000\ntick\ntock\n"


def test_dump_does_not_reorder_the_argument():
    cues = [Cue(start=2, end=3, text="b"), Cue(start=0, end=1, text="a")]
    dump(cues)
    assert [cue.text for cue in cues] == ["b", "a"]


def test_three_cues_with_many_blank_lines():
    text = "1\n00:00:00,000 --> 00:00:01,000\na\n\n\n\n2\n00:00:01,000 --> 00:00:02,000\nb\n\n"
    assert [cue.text for cue in load(text)] == ["a", "b"]


def test_shift():
    cues = [Cue(start=0, end=1000, text="a"), Cue(start=1000, end=2000, text="b")]
    assert shift(cues, 0) == cues
    assert shift(cues, 86400000)[1] == Cue(start=86401000, end=86402000, text="b")
    assert shift(cues, -1000) == [Cue(start=0, end=1000, text="b")]
    assert shift(cues, -1500) == [Cue(start=0, end=500, text="b")]
    assert shift(cues, -5000) == []
    assert shift([], 10) == []
