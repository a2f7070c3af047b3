import pytest
from orderflow import InvalidTransition, Order

"""
new --pay--> paid --ship--> shipped --deliver--> delivered
new, paid --cancel--> cancelled        (a paid order is refunded)
shipped, delivered --return--> returned  (is refunded)
"""


def make(*events):
    order = Order(total=30)
    for event in events:
        order.fire(event)
    return order


def test_happy_path():
    order = make()
    states = [order.state]
    for event in ["pay", "ship", "deliver"]:
        order.fire(event)
        states.append(order.state)
    assert states == ["new", "paid", "shipped", "delivered"]
    assert order.history == [("new", "paid"), ("paid", "shipped"), ("shipped", "delivered")]


@pytest.mark.parametrize(
    ("events", "event"),
    [([], "ship"), (["pay"], "pay"), (["pay", "ship"], "cancel"), (["cancel"], "pay")],
)
def test_invalid(events, event):
    order = make(*events)
    before = order.state
    with pytest.raises(InvalidTransition) as info:
        order.fire(event)
    assert str(info.value) == f"cannot {event} an order that is {before}"
    assert order.state == before


def test_refunds():
    assert make("cancel").refunded == 0
    assert make("pay", "cancel").refunded == 30
    assert make("pay", "ship", "return").refunded == 30


def test_possible_events_are_sorted():
    assert make().events() == ["cancel", "pay"]
    assert make("pay").events() == ["cancel", "ship"]
    assert make("cancel").events() == []


def test_listeners_hear_of_every_change():
    heard = []
    order = make("pay")
    order.on_change(lambda old, new: heard.append((old, new)))
    order.fire("ship")
    with pytest.raises(InvalidTransition):
        order.fire("pay")
    assert heard == [("paid", "shipped")]
