TRANSITIONS = {
    "new": {"pay": "paid", "cancel": "cancelled"},
    "paid": {"ship": "shipped", "cancel": "cancelled"},
    "shipped": {"deliver": "delivered", "return": "returned"},
    "delivered": {"return": "returned"},
}


class InvalidTransition(Exception):
    pass


class Order:
    def __init__(self, total):
        self.total = total
        self.state = "new"
        self.refunded = 0
        self.history = []
        self._listeners = []

    def events(self):
        return sorted(TRANSITIONS.get(self.state, {}))

    def on_change(self, listener):
        self._listeners.append(listener)

    def fire(self, event):
        old = self.state
        if event not in self.events():
            raise InvalidTransition(f"cannot {event} an order that is {old}")
        self.state = TRANSITIONS[old][event]
        if event in ("cancel", "return") and old != "new":
            self.refunded = self.total
        self.history.append((old, self.state))
        for listener in self._listeners:
            listener(old, self.state)
