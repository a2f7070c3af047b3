"""Register users."""


class Users:
    def __init__(self):
        self._by_mail = {}

    def add(self, mail, name):
        """Add a user; return False if the address is taken, whatever its case."""
        key = mail.strip().lower()
        if key in self._by_mail:
            return False
        self._by_mail[key] = name
        return True

    def name(self, mail):
        return self._by_mail[mail.strip().lower()]

    def __len__(self):
        return len(self._by_mail)
