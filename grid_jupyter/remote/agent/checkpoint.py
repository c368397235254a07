"""What a script saves to go on from: kept elsewhere, and brought back for the next attempt."""

from __future__ import annotations

import errno
import json
import shutil
import tarfile
import threading
import time
import zlib
from typing import TYPE_CHECKING

from . import tars
from .patience import patiently
from .problem import Problem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .objects import Objects
    from .state import State
    from .task import Task

_STEP = 1.0


class Checkpoints:
    """The folder that a script saves into.

    Args:
        objects: Where checkpoints are kept.
        task: The attempt.
        folder: The script's ``GRID_CHECKPOINT_DIR``; it exists.
        draft: A path for a tar file on the way.
        state: Is told of each checkpoint.
        tell: Takes a sentence for the user.
    """

    def __init__(
        self, objects: Objects, task: Task, folder: Path, draft: Path, state: State, tell: Callable[[str], None]
    ) -> None:
        self._objects = objects
        self._task = task
        self._folder = folder
        self._draft = draft
        self._state = state
        self._tell = tell
        self._told: str | None = None
        self._number = 0
        self._kept = self._look()
        self._every = float(task.common.get("checkpoint_every", 300.0))
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def restore(self) -> None:
        """Bring back the newest one, if there is one that is of use."""
        pointer = patiently(lambda: self._objects.get(self._task.keys.checkpoint_pointer(self._task.trial)))
        if pointer is None:
            return
        told = json.loads(pointer)
        try:
            patiently(lambda: self._fetch(told["key"], told["size"]))
            tars.unpack(str(self._draft), self._folder)
        except (Problem, tarfile.TarError, EOFError, zlib.error, OSError) as error:
            shutil.rmtree(self._folder)
            self._folder.mkdir()
            self._tell(f"the checkpoint of attempt {told['attempt']} cannot be used, so this one begins anew: {error}")
        finally:
            self._remove_draft()
        self._kept = self._look()

    def _fetch(self, key: str, size: int) -> None:
        if not self._objects.download(key, str(self._draft)):
            raise Problem("it is not there any more")
        if self._draft.stat().st_size != size:
            raise Problem(f"it has {self._draft.stat().st_size} bytes in place of {size}")

    def start(self) -> None:
        """Keep one now and then, whenever something has changed and nothing is being written."""
        self._thread.start()

    def close(self) -> None:
        """Keep no more on its own; one that is on its way is finished."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def keep(self, seconds: float) -> None:
        """Keep what is there now; the script has ended.

        Args:
            seconds: For how long to try while nobody answers.
        """
        look = self._look()
        if look == self._kept:
            return
        try:
            tars.close(self._make())
            self._upload(look, seconds)
        except Exception as error:  # noqa: BLE001  (whatever it is, the rest is worth keeping)
            self._failed(error)

    def _run(self) -> None:
        due = time.monotonic() + self._every
        while not self._stop.wait(max(due - time.monotonic(), _STEP)):
            began = time.monotonic()
            took = 0.0 if self._keep_if_whole() else time.monotonic() - began
            due = time.monotonic() + (2 * took if took else self._every)

    def _keep_if_whole(self) -> bool:
        """Keep what is there unless a file is just being written; say whether it is done for now."""
        look = self._look()
        if look == self._kept:
            return True
        fresh: list[tars.Reading] = []
        try:
            fresh = self._make()
            # A script may save at every moment: what it has put in place is whole when nobody writes to it any more.
            if fresh and self._stop.wait(tars.AT_REST):
                return True
            if not all(reading.is_whole for reading in fresh):
                return False
            self._upload(look, 60.0)
        except OSError as error:
            if error.errno not in {None, errno.ENOENT}:  # those come of its saving: it is tried again
                self._failed(error)
            return False
        except Exception as error:  # noqa: BLE001  (whatever it is, it is tried again, and the trial goes on)
            self._failed(error)
            return False
        finally:
            tars.close(fresh)
            self._remove_draft()
        return True

    def _failed(self, error: Exception) -> None:
        """Tell of it, once where it goes on."""
        sentence = f"the checkpoint was not kept: {error}"
        if sentence != self._told:
            self._tell(sentence)
        self._told = sentence

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        found = []
        for path in tars.entries(self._folder):
            try:
                status = path.lstat()
            except OSError:  # removed meanwhile
                continue
            if not path.is_dir():
                found.append((str(path), status.st_size, status.st_mtime_ns))
        return tuple(found)

    def _make(self) -> list[tars.Reading]:
        return tars.pack(self._folder, str(self._draft))

    def _upload(self, look: tuple[tuple[str, int, int], ...], seconds: float) -> None:
        keys, trial, attempt = self._task.keys, self._task.trial, self._task.attempt
        # Two places in turn: the newest whole one is never written over, and none has to be deleted.
        key = keys.checkpoint(trial, attempt, self._number % 2)
        size = self._draft.stat().st_size
        pointer = {"key": key, "attempt": attempt, "number": self._number, "size": size, "time": time.time()}
        patiently(lambda: self._objects.upload(str(self._draft), key), seconds)
        if patiently(self._is_newest, seconds):
            patiently(lambda: self._objects.put(keys.checkpoint_pointer(trial), json.dumps(pointer).encode()), seconds)
        self._number += 1
        self._kept = look
        self._state.change(checkpoint={"size": size, "time": pointer["time"]})

    def _is_newest(self) -> bool:
        """Whether no later attempt has kept one: this machine may have been cut off for long."""
        pointer = self._objects.get(self._task.keys.checkpoint_pointer(self._task.trial))
        return pointer is None or int(json.loads(pointer)["attempt"]) <= self._task.attempt

    def _remove_draft(self) -> None:
        if self._draft.exists():
            self._draft.unlink()
