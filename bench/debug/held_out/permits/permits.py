"""Who may do what."""

ROLES = {
    "reader": {"read"},
    "editor": {"read", "write"},
    "owner": {"read", "write", "delete"},
}


def rights(roles):
    """Return all rights of several roles; unknown roles have none."""
    found = set()
    for role in roles:
        found |= ROLES.get(role, set())
    return found


def may(roles, right):
    return right in rights(roles)
