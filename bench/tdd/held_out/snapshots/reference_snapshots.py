class SnapshotDict:
    def __init__(self):
        self._current = {}
        self._versions = [{}]

    def __setitem__(self, key, value):
        self._current[key] = value

    def __delitem__(self, key):
        del self._current[key]

    def items(self):
        return self._current.items()

    @property
    def dirty(self):
        return self._current != self._versions[-1]

    def commit(self):
        if self.dirty:
            self._versions.append(dict(self._current))
        return len(self._versions) - 1

    def at(self, version):
        if not 0 <= version < len(self._versions):
            raise KeyError(version)
        return dict(self._versions[version])

    def changes(self, old, new):
        before, after = self.at(old), self.at(new)
        both = before.keys() & after.keys()
        return {
            "added": set(after.keys() - before.keys()),
            "removed": set(before.keys() - after.keys()),
            "changed": {key for key in both if before[key] != after[key]},
        }

    def rollback(self, version=None):
        self._current = self.at(len(self._versions) - 1 if version is None else version)
