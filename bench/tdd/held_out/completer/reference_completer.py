class Completer:
    def __init__(self):
        self._words = {}  # lower case: (word as it was added, weight)

    def __len__(self):
        return len(self._words)

    def add(self, word, weight=1):
        known, total = self._words.get(word.lower(), (word, 0))
        self._words[word.lower()] = (known, total + weight)

    def remove(self, word):
        return self._words.pop(word.lower(), None) is not None

    def _matches(self, prefix):
        prefix = prefix.lower()
        return [entry for key, entry in self._words.items() if key.startswith(prefix)]

    def complete(self, prefix, limit=None):
        ranked = sorted(self._matches(prefix), key=lambda entry: (-entry[1], entry[0].lower()))
        return [word for word, _ in ranked[:limit]]

    def common_prefix(self, prefix):
        words = [word for word, _ in self._matches(prefix)]
        if not words:
            return prefix
        shared = words[0]
        while not all(word.startswith(shared) for word in words):
            shared = shared[:-1]
        return shared
