"""OpenAI's API: parses requests, formats answers."""
