"""Undo for a text field."""


class Field:
    def __init__(self):
        self.text = ""
        self._before = []

    def write(self, text):
        self._before.append(self.text)
        self.text = text

    def undo(self):
        """Go back one step; return whether there was one."""
        if not self._before:
            return False
        self.text = self._before.pop()
        return True
