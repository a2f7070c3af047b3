"""The server: OpenAI's dialect over the engine, with budgets and deadlines that hold."""

from cogitate.serve.app import make_app
from cogitate.serve.dialect import Ceiling
from cogitate.serve.listening import without_delay
from cogitate.serve.meter import Meter
from cogitate.serve.served import Served, Shelf, serve_policy

__all__ = ["Ceiling", "Meter", "Served", "Shelf", "make_app", "serve_policy", "without_delay"]
