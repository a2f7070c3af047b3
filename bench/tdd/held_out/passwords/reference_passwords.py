def problems(password, user=None):
    found = []
    if len(password) < 8:
        found.append("too short")
    if not any(c.isdigit() for c in password):
        found.append("no digit")
    if not any(c.isupper() for c in password):
        found.append("no upper-case letter")
    if not any(c.islower() for c in password):
        found.append("no lower-case letter")
    if user and user.lower() in password.lower():
        found.append("contains the user name")
    return found
