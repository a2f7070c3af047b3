"""The engine: from requests to rollouts, in batches, one token of each a step."""
