"""The server: OpenAI's API over the engine, with thinking budgets and deadlines."""

from cogitate.serve.api.dialect import Ceiling
from cogitate.serve.app import make_app
from cogitate.serve.challenges_route import need_for_challenges
from cogitate.serve.engines.registry import ModelRegistry, ServedModel
from cogitate.serve.listening import without_delay
from cogitate.serve.origins import Known
from cogitate.serve.tests_route import need_for_tests

__all__ = [
    "Ceiling",
    "Known",
    "ModelRegistry",
    "ServedModel",
    "make_app",
    "need_for_challenges",
    "need_for_tests",
    "without_delay",
]
