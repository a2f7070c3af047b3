"""The server: OpenAI's dialect over the engine, with budgets and deadlines that hold."""

from cogitate.serve.app import make_app
from cogitate.serve.dialect import Ceiling
from cogitate.serve.listening import without_delay
from cogitate.serve.origins import Known
from cogitate.serve.served import Served, Shelf

__all__ = ["Ceiling", "Known", "Served", "Shelf", "make_app", "without_delay"]
