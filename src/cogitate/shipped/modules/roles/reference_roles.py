class Roles:
    def __init__(self):
        self._allowed = {}
        self._assigned = {}

    def allow(self, role, action):
        self._allowed.setdefault(role, set()).add(action)

    def assign(self, user, role):
        if role not in self._allowed:
            raise KeyError(role)
        self._assigned.setdefault(user, set()).add(role)

    def actions(self, user):
        found = set()
        for role in self._assigned.get(user, ()):
            found |= self._allowed[role]
        return sorted(found)

    def can(self, user, action):
        return action in self.actions(user)
