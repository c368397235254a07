"""Where things lie among the objects, a bucket for one.

::

    code/DIGEST.tar.gz                   a project as it was frozen, shared by all runs of the same code
    agent/DIGEST.zip                     this package
    datastores/NAME/VERSION/             data sets
      about.json                         what the number was given to; stays when the version is deleted
      data/PATH                          its files
      manifest.json                      the list of them; a version is there once this is
    runs/NAME.ID/                        one run
      run.json                           all that another computer needs to take the run over
      batches/K.json.gz                  the trials of the K-th submission to AWS Batch; written before it is submitted
      control.json                       what the session asks of agents: who is followed
      state/TRIAL.ATTEMPT                how an attempt is going: small JSON, written again and again
      trials/TRIAL/
        checkpoint.json                  which of the checkpoints is whole and newest
        checkpoint/ATTEMPT-N.tar         the files of GRID_CHECKPOINT_DIR
        ATTEMPT/claim                    which job runs this attempt; written once
        ATTEMPT/pieces/N                 what files have grown by: logs, metrics
        ATTEMPT/artifacts/PATH           files that the attempt wrote

TRIAL is a trial's index, or ``build`` for the build actions; ATTEMPT counts from 1; N and K count from 0.
"""

from __future__ import annotations

BUILD = -1
"""What stands for the index of a trial where the build actions run as if they were one."""

BUILD_NAME = "build"
"""What they are called in keys."""

CHECKPOINT, PIECE, ARTIFACT = "checkpoint", "piece", "artifact"
"""Kinds of what belongs to a trial."""

_RUNS, _TRIALS, _POINTER, _CHECKPOINTS = "runs", "trials", "checkpoint.json", "checkpoint"
_OF_ATTEMPT = {"pieces": PIECE, "artifacts": ARTIFACT}
_PIECES, _ARTIFACTS = _OF_ATTEMPT


def code_key(digest: str) -> str:
    """Where a frozen project lies."""
    return f"code/{digest}.tar.gz"


def agent_key(digest: str) -> str:
    """Where the agent lies."""
    return f"agent/{digest}.zip"


def datastore_prefix(name: str, number: int) -> str:
    """The prefix of a version of a datastore."""
    return f"datastores/{name}/{number}/"


def trial_name(trial: int) -> str:
    """How a trial is called in keys."""
    return BUILD_NAME if trial == BUILD else str(trial)


def kind_of(key: str) -> str | None:
    """Return what lies at a run's key: ``CHECKPOINT`` also for which of them is newest; ``None`` for all else.

    Runs and the files of trials may be called as they like, so a word counts by its place alone.
    """
    words = key.split("/")
    own = words[4:]  # behind runs/RUN/trials/TRIAL/
    if not own or (words[0], words[2]) != (_RUNS, _TRIALS):
        return None
    if own[0] == _CHECKPOINTS or own == [_POINTER]:
        return CHECKPOINT
    return _OF_ATTEMPT.get(own[1]) if len(own) > 2 else None


class RunKeys:
    """The keys of one run.

    Args:
        name: The run's name.
        id: The run's own id; a name may be used again after a run was deleted.

    Attributes:
        prefix: How all of them begin.
        label: A name for the run that no other run has had.
    """

    def __init__(self, name: str, id: str) -> None:  # noqa: A002
        self.prefix = f"{_RUNS}/{name}.{id[:8]}/"

    @classmethod
    def at(cls, prefix: str) -> RunKeys:
        """Return the keys of the run that has this prefix."""
        keys = cls("", "")
        keys.prefix = prefix
        return keys

    @property
    def label(self) -> str:
        """A name for the run, of letters, digits and dashes, that no other run has had."""
        return self.prefix[len(_RUNS) + 1 : -1].replace(".", "-")

    @property
    def run(self) -> str:
        """All that another computer needs to take the run over."""
        return self.prefix + "run.json"

    @property
    def control(self) -> str:
        """What the session asks of agents."""
        return self.prefix + "control.json"

    @property
    def batches(self) -> str:
        """The prefix of all submissions."""
        return self.prefix + "batches/"

    def batch(self, number: int) -> str:
        """The trials of one submission."""
        return f"{self.batches}{number}.json.gz"

    @property
    def states(self) -> str:
        """The prefix of all states."""
        return self.prefix + "state/"

    def state(self, trial: int, attempt: int) -> str:
        """How an attempt is going."""
        return f"{self.states}{trial_name(trial)}.{attempt}"

    def trial(self, trial: int) -> str:
        """The prefix of what belongs to a trial, whatever the attempt."""
        return f"{self.prefix}{_TRIALS}/{trial_name(trial)}/"

    def checkpoint_pointer(self, trial: int) -> str:
        """Which of a trial's checkpoints is whole and newest."""
        return self.trial(trial) + _POINTER

    def checkpoint(self, trial: int, attempt: int, number: int) -> str:
        """One checkpoint."""
        return f"{self.trial(trial)}{_CHECKPOINTS}/{attempt}-{number}.tar"

    def claim(self, trial: int, attempt: int) -> str:
        """Which job runs an attempt."""
        return f"{self.trial(trial)}{attempt}/claim"

    def pieces(self, trial: int, attempt: int) -> str:
        """The prefix of what an attempt's files have grown by."""
        return f"{self.trial(trial)}{attempt}/{_PIECES}/"

    def piece(self, trial: int, attempt: int, number: int) -> str:
        """What an attempt's files have grown by, once."""
        return f"{self.pieces(trial, attempt)}{number:06}"

    def artifacts(self, trial: int, attempt: int) -> str:
        """The prefix of the files that an attempt wrote."""
        return f"{self.trial(trial)}{attempt}/{_ARTIFACTS}/"
