import pytest
from orderflow import InvalidTransition, Order


def make(*events, total=50):
    order = Order(total=total)
    for event in events:
        order.fire(event)
    return order


@pytest.mark.parametrize(
    ("events", "state", "refunded", "possible"),
    [
        ([], "new", 0, ["cancel", "pay"]),
        (["pay", "ship"], "shipped", 0, ["deliver", "return"]),
        (["pay", "ship", "deliver"], "delivered", 0, ["return"]),
        (["pay", "ship", "deliver", "return"], "returned", 50, []),
        (["pay", "cancel"], "cancelled", 50, []),
        (["cancel"], "cancelled", 0, []),
    ],
)
def test_states(events, state, refunded, possible):
    order = make(*events)
    assert order.state == state
    assert order.refunded == refunded
    assert order.events() == possible
    assert len(order.history) == len(events)


@pytest.mark.parametrize(
    ("events", "event", "state"),
    [
        ([], "deliver", "new"),
        ([], "return", "new"),
        (["pay", "ship", "deliver"], "cancel", "delivered"),
        (["pay", "ship", "return"], "return", "returned"),
        (["pay"], "fly", "paid"),
    ],
)
def test_invalid(events, event, state):
    order = make(*events)
    history = list(order.history)
    with pytest.raises(InvalidTransition) as info:
        order.fire(event)
    assert str(info.value) == f"cannot {event} an order that is {state}"
    assert order.history == history


def test_two_listeners_and_two_orders():
    heard = []
    one, two = make(), make()
    one.on_change(lambda old, new: heard.append(("a", old, new)))
    one.on_change(lambda old, new: heard.append(("b", old, new)))
    two.fire("cancel")
    one.fire("pay")
    assert heard == [("a", "new", "paid"), ("b", "new", "paid")]
    assert two.history == [("new", "cancelled")]
