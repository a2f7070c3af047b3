from subtitles import Cue, dump, load, shift

SRT = """\
1
00:00:01,000 --> 00:00:03,500
Hello there.

2
00:00:04,250 --> 00:00:06,000
How are
you?
"""


def test_load() -> None:
    assert load(SRT) == [
        Cue(start=1000, end=3500, text="Hello there."),
        Cue(start=4250, end=6000, text="How are\nyou?"),
    ]


def test_roundtrip() -> None:
    assert dump(load(SRT)) == SRT


def test_dump_sorts_and_numbers() -> None:
    cues = [Cue(start=3661001, end=3662000, text="late"), Cue(start=0, end=1, text="early")]
    assert dump(cues) == (
        "1\n00:00:00,000 --> 00:00:00,001\nearly\n\n2\n01:01:01,001 --> 01:01:02,000\nlate\n"
    )


def test_load_crlf_and_blank_lines() -> None:
    assert load("\n\n" + SRT.replace("\n", "\r\n") + "\r\n\r\n") == load(SRT)


def test_load_empty() -> None:
    assert load("") == []


def test_shift() -> None:
    cues = shift(load(SRT), 500)
    assert [(c.start, c.end) for c in cues] == [(1500, 4000), (4750, 6500)]


def test_shift_back_cuts_at_zero_and_drops_what_is_over_before_it() -> None:
    assert shift(load(SRT), -2000) == [
        Cue(start=0, end=1500, text="Hello there."),
        Cue(start=2250, end=4000, text="How are\nyou?"),
    ]
    assert [c.text for c in shift(load(SRT), -3500)] == ["How are\nyou?"]


def test_shift_does_not_mutate() -> None:
    cues = load(SRT)
    shift(cues, 100)
    assert cues[0].start == 1000
