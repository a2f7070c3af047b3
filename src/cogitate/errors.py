"""Every error that a user can cause or meet, as a tree.

CogitateError            one clear line: what was wrong, and what to do
├── UsageError           bad input: an unknown name, key or value, a file that does not parse
├── ModelError           a model that cannot be loaded: another architecture, a broken file
├── OverloadedError      more is asked than can be done in time: a deadline, a full queue
├── CheckpointError      a checkpoint that is missing, half-written or corrupt
└── TrainingStopped      a run that stopped itself, with its diagnosis
    └── Interrupted      a run that its user stopped, with how to go on

The command line prints the message and exits with the class's `exit_code`; anything else is
a bug and shows its traceback. A bad rollout or a verifier that fails is data, not an error.
"""


class CogitateError(Exception):
    """The user should read this line; no traceback is shown."""

    exit_code = 1


class UsageError(CogitateError):
    """Bad input; the message says what is accepted."""

    exit_code = 2


class ModelError(CogitateError):
    """The model cannot be loaded or saved as asked."""


class OverloadedError(CogitateError):
    """More is asked than can be done in time; the same may be asked again later."""


class CheckpointError(CogitateError):
    """No usable checkpoint stands where one was expected."""


class TrainingStopped(CogitateError):
    """The run stopped itself; the message is the diagnosis."""

    exit_code = 3


class Interrupted(TrainingStopped):
    """The user stopped the run; the message says how to go on."""

    exit_code = 130
