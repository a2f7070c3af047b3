from ticketline import Line


def test_line():
    line = Line()
    for _ in range(4):
        line.draw()
    line.leave(2)
    assert [line.call() for _ in range(4)] == [1, 3, 4, None]
    assert line.draw() == 5
    assert line.call() == 5
