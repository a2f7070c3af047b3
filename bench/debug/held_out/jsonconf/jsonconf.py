"""Settings with defaults from JSON text."""

import json

DEFAULTS = {"host": "localhost", "port": 8080, "tags": []}
TEXT = '{"port": 9000, "tags": ["web"]}'


def load(text):
    """Return the settings of a JSON text; what it lacks is taken from the defaults."""
    settings = dict(DEFAULTS)
    settings.update(json.loads(text))
    return settings


def address(settings):
    return f"{settings['host']}:{settings['port']}"


if __name__ == "__main__":
    settings = load(TEXT)
    print(address(settings), settings["tags"])
