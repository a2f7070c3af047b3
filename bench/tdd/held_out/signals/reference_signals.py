class Signals:
    def __init__(self):
        self._handlers = {}

    def on(self, event, handler=None):
        if handler is None:
            return lambda function: self.on(event, function)
        self._handlers.setdefault(event, []).append((handler, False))
        return handler

    def once(self, event, handler):
        self._handlers.setdefault(event, []).append((handler, True))

    def off(self, event, handler):
        kept = [pair for pair in self._handlers.get(event, []) if pair[0] != handler]
        self._handlers[event] = kept

    def emit(self, event, *args, **kwargs):
        handlers = self._handlers.get(event, [])
        self._handlers[event] = [pair for pair in handlers if not pair[1]]
        for handler, _ in handlers:
            handler(*args, **kwargs)
        return len(handlers)
