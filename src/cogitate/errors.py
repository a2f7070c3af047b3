"""All errors that a user can cause or meet.

CogitateError            one line: what is wrong, and what to do
├── UsageError           bad input: an unknown name, key or value, a file that does not parse
├── ModelError           a model that cannot be loaded: unknown architecture, corrupt file
├── OverloadedError      a deadline that cannot be met, or a full queue
├── SandboxError         the sandbox itself failed, and not what ran in it
├── CheckpointError      a checkpoint that is missing, incomplete or corrupt
├── LearnerLost          a process of the learner has died; the run goes back to its checkpoint
└── TrainingStopped      a run that stopped itself, with its diagnosis
    └── Interrupted      a run that the user stopped, with how to continue

The command line prints the message and exits with the class's `exit_code`. Any other exception is
a bug and shows its traceback. A failed rollout or verifier is data, not an error.
"""


class CogitateError(Exception):
    """An error for the user, shown as one line without a traceback."""

    exit_code = 1


class UsageError(CogitateError):
    """Bad input; the message says what is accepted."""

    exit_code = 2


class ModelError(CogitateError):
    """The model cannot be loaded or saved."""


class OverloadedError(CogitateError):
    """The request cannot be served in time; it may be repeated later."""


class SandboxError(CogitateError):
    """The sandbox itself failed, and not what ran in it."""


class CheckpointError(CogitateError):
    """A checkpoint is missing or unusable, or cannot be written."""


class LearnerLost(CogitateError):
    """A process of the learner has died; its checkpoint has what it knew."""


class TrainingStopped(CogitateError):
    """The run stopped itself; the message is the diagnosis."""

    exit_code = 3


class Interrupted(TrainingStopped):
    """The user stopped the run; the message says how to continue."""

    exit_code = 130
