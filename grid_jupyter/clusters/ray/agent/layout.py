"""What session and driver agree on: names, and where on the driver's node files lie.

::

    LOGS/grid-jupyter/LABEL/         one run, below the folder of logs that the dashboard serves
      objects/                       what agents keep, by the keys of ``remote/agent/layout.py``
      drafts/TRIAL.ATTEMPT/          what comes to be objects when the rest of it has been sent
      JOB/out/NUMBER                 what agents told while a job ran, as pieces whose parts are named by keys
      JOB/notes                      what they told and no piece has yet

LABEL is a name that no other run has had; JOB counts the jobs of a run from 0, NUMBER its pieces.
"""

from __future__ import annotations

from grid_jupyter.remote.agent.layout import ARTIFACT, CHECKPOINT, PIECE, kind_of

FOLDER = "grid-jupyter"
"""Our folder among the logs."""

CODE = "code.tar.gz"
"""The project, beside the agent in what is sent."""

DRIVER = "driver"
"""The key under which the driver tells of itself: ``read``, how many messages it has taken, and ``over``."""


def job_name(label: str, job: int) -> str:
    """The submission id of a job."""
    return f"grid-{label}-{job}"


def message_name(label: str, job: int, number: int) -> str:
    """What a message to the driver is called among Ray's packages, which is the one place where a client can put it."""
    return f"_grid_{label}_{job}_{number}.zip"


def run_folder(label: str) -> str:
    """Where all of a run lies, below the folder of logs."""
    return f"{FOLDER}/{label}"


def objects_folder(label: str) -> str:
    """Where objects lie, below the folder of logs."""
    return f"{run_folder(label)}/objects"


def out_folder(label: str, job: int) -> str:
    """Where pieces lie, below the folder of logs."""
    return f"{run_folder(label)}/{job}/out"


def notes_file(label: str, job: int) -> str:
    """Where it stands what comes into the next piece."""
    return f"{run_folder(label)}/{job}/notes"


def stays_there(key: str) -> bool:
    """Whether an object stays where agents have put it: a checkpoint, which of them is the newest, a trial's file."""
    return kind_of(key) in {ARTIFACT, CHECKPOINT}


def is_piece(key: str) -> bool:
    """Whether an object is of use to the session alone."""
    return kind_of(key) == PIECE
