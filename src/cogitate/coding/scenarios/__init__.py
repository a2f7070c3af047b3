"""Tests as scenarios: what a test does runs beside the candidate, what it expects stays here.

    def test_get():                      def _scenario_0():
        data = {"a": 1}            ->        data = {"a": 1}         + Check("==", expected=1)
        assert get(data, "a") == 1           _see(get(data, "a"))

So a user's tests can judge in the sandbox's reward tier: the candidate's process gets inputs and
gives back plain values, and the comparison is done here. Read are test functions and classes of
pytest and unittest with plain statements, assertions, expected exceptions, parameters, fixtures
and loops over literals. What cannot be read so is refused, with its line.
"""

from cogitate.coding.scenarios.scenario import Scenario, program_with, read_scenarios, read_tests

__all__ = ["Scenario", "program_with", "read_scenarios", "read_tests"]
