from mazewalk import is_free, walk


def test_border():
    open_maze = ["...", "...", "..."]
    assert walk(open_maze, 0, 0, "UULL") == (0, 0)
    assert walk(open_maze, 2, 2, "DDRR") == (2, 2)
    assert walk(open_maze, 1, 1, "DR") == (2, 2)
    assert not is_free(open_maze, 3, 0)
    assert not is_free(open_maze, 0, 3)
    assert is_free(open_maze, 2, 2)
    assert is_free(open_maze, 0, 1)
    assert is_free(open_maze, 1, 0)
