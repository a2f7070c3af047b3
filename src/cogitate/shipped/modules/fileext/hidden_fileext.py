from fileext import extension


def test_extension():
    assert extension("a.b.c.d") == "d"
    assert extension("Report 2024.Pdf") == "pdf"
    assert extension("notes") == ""
    assert extension("song.mp3") == "mp3"
