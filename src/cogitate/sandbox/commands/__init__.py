"""The sandbox's third tier: a user's command runs in a copy of the working tree.

working tree -> a copy without secrets -> the command behind walls, without a network -> its output
"""

from cogitate.sandbox.commands.workspace import Ran, Workspace

__all__ = ["Ran", "Workspace"]
