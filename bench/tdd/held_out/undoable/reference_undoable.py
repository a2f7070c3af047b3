class Document:
    def __init__(self, text):
        self.text = text
        self._past = []
        self._future = []

    def _change(self, text):
        if text == self.text:
            return
        self._past.append(self.text)
        self._future.clear()
        self.text = text

    def append(self, more):
        self._change(self.text + more)

    def replace(self, old, new):
        self._change(self.text.replace(old, new))

    @property
    def can_undo(self):
        return bool(self._past)

    @property
    def can_redo(self):
        return bool(self._future)

    def undo(self):
        if self._past:
            self._future.append(self.text)
            self.text = self._past.pop()

    def redo(self):
        if self._future:
            self._past.append(self.text)
            self.text = self._future.pop()
