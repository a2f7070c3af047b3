from signals import Signals


def test_handlers_are_called_in_order_with_the_arguments():
    calls = []
    s = Signals()
    s.on("saved", lambda path: calls.append(("first", path)))
    s.on("saved", lambda path: calls.append(("second", path)))
    s.emit("saved", "a.txt")
    assert calls == [("first", "a.txt"), ("second", "a.txt")]


def test_keyword_arguments():
    got = {}
    s = Signals()
    s.on("login", lambda **kw: got.update(kw))
    s.emit("login", user="bob", admin=False)
    assert got == {"user": "bob", "admin": False}


def test_emit_returns_the_number_of_handlers_called():
    s = Signals()
    s.on("x", print)
    assert s.emit("x") == 1
    assert s.emit("unknown") == 0


def test_off():
    s = Signals()
    s.on("x", print)
    s.off("x", print)
    assert s.emit("x", 1) == 0


def test_off_of_an_unknown_handler_is_ignored():
    s = Signals()
    s.off("x", print)


def test_once():
    calls = []
    s = Signals()
    s.once("x", calls.append)
    s.emit("x", 1)
    s.emit("x", 2)
    assert calls == [1]


def test_on_works_as_a_decorator():
    s = Signals()

    @s.on("tick")
    def handler(n):
        seen.append(n)

    seen = []
    s.emit("tick", 5)
    handler(6)
    assert seen == [5, 6]
