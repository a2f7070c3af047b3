"""OpenAI's dialect: requests read, answers written."""
