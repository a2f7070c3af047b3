"""The sandbox's second tier: a user's own tests run on a candidate that they import.

test files -> a copy of the project, with traps -> pytest behind walls -> a report, checked here
"""

from cogitate.sandbox.suites.project import Project, find_project
from cogitate.sandbox.suites.suite import Failure, Report, Suite, collect

__all__ = ["Failure", "Project", "Report", "Suite", "collect", "find_project"]
