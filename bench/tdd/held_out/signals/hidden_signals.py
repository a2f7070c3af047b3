from signals import Signals


def recorder(calls, name):
    return lambda *args, **kwargs: calls.append((name, args, kwargs))


def test_events_do_not_mix():
    calls = []
    s = Signals()
    s.on("a", recorder(calls, "A"))
    s.on("b", recorder(calls, "B"))
    assert s.emit("b", 1, 2, x=3) == 1
    assert calls == [("B", (1, 2), {"x": 3})]


def test_once_among_others():
    calls = []
    s = Signals()
    s.on("e", recorder(calls, "first"))
    s.once("e", recorder(calls, "once"))
    s.on("e", recorder(calls, "last"))
    assert s.emit("e") == 3
    assert s.emit("e") == 2
    assert [name for name, _, _ in calls] == ["first", "once", "last", "first", "last"]


def test_off_leaves_the_others():
    calls = []
    one, two = recorder(calls, "one"), recorder(calls, "two")
    s = Signals()
    s.on("e", one)
    s.on("e", two)
    s.off("e", one)
    assert s.emit("e") == 1
    assert [name for name, _, _ in calls] == ["two"]


def test_off_for_another_event():
    calls = []
    handler = recorder(calls, "h")
    s = Signals()
    s.on("a", handler)
    s.off("b", handler)
    assert s.emit("a") == 1


def test_decorator_for_two_events():
    s = Signals()

    @s.on("a")
    @s.on("b")
    def handler():
        count.append(1)

    count = []
    assert s.emit("a") == 1
    assert s.emit("b") == 1
    assert len(count) == 2


def test_emitters_are_independent():
    s, t = Signals(), Signals()
    s.on("x", print)
    assert t.emit("x") == 0
