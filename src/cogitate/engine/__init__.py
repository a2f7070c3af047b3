"""The engine: from requests to rollouts, many at a time, one token each a step."""
