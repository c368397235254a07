"""What a user should know about how a run is written to MLflow: a small file, as the watcher alone writes the store."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from grid_jupyter.core.home import RunFolder


def set_note(folder: RunFolder, note: str | None) -> bool:
    """Leave a note for all who look at the run, or take it away; say whether it is another one than before."""
    if note == read_note(folder):
        return False
    file = folder.tracking_note
    if note is None:
        file.unlink(missing_ok=True)
    else:
        draft = file.with_name(f".{file.name}")
        draft.write_text(note, encoding="utf-8")
        draft.rename(file)
    return True


def read_note(folder: RunFolder) -> str | None:
    """Return the note, if there is one."""
    try:
        return folder.tracking_note.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
