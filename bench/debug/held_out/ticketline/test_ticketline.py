from ticketline import Line


def test_in_order():
    line = Line()
    assert [line.draw(), line.draw()] == [1, 2]
    assert line.call() == 1
