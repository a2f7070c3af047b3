from linecount import count_lines


def test_count_lines():
    assert count_lines("a\nb\nc") == 3
    assert count_lines("\n\n\n") == 0
    assert count_lines("a\n\nb\n") == 2
    assert count_lines("  x  \n \t \n y") == 2
