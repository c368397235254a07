"""What a trial leaves comes back whole: output, metrics, files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .scripts.witness import ERR, MADE, OUT
from .witnesses import FILES, LINK, TRIALS

if TYPE_CHECKING:
    from .witnesses import Witness


def test_output_comes_back_byte_for_byte(witness: Witness) -> None:
    """Standard output comes back byte for byte: two megabytes, bytes that are no text, no newline at its end."""
    for number in range(TRIALS):
        said = witness.sweep.log(number)
        assert len(said) == len(OUT)
        assert said == OUT


def test_errors_are_kept_apart(witness: Witness) -> None:
    """Standard error comes back byte for byte too, in a file of its own."""
    assert [witness.sweep.log(number, stream="stderr") for number in range(TRIALS)] == [ERR] * TRIALS


def test_printed_metrics_are_read(witness: Witness) -> None:
    """Metrics are read from lines that were printed."""
    assert [row.metrics["loss"] for row in witness.sweep.rows] == [0.25] * TRIALS
    assert [row.metrics["acc"] for row in witness.sweep.rows] == [0.75] * TRIALS


def test_metrics_of_the_file_are_read(witness: Witness) -> None:
    """Metrics are read from GRID_METRICS_FILE, with their steps, each value once."""
    assert [row.metrics["filed"] for row in witness.sweep.rows] == [3.0] * TRIALS
    points = witness.sweep.handle.metrics()
    filed = points[points["name"] == "filed"].sort_values(["trial", "step"])
    assert filed["step"].tolist() == [1.0, 7.0] * TRIALS


def test_files_come_back(witness: Witness) -> None:
    """Files that a trial wrote or changed come back whole: binary, empty, large, in folders, of any name."""
    for number, files in enumerate(witness.files):
        assert files["notes.txt"].read_bytes() == MADE["../notes.txt"] + str(number).encode()
        for name in MADE.keys() - {"../notes.txt"}:
            assert files[f"sub/{name}"].read_bytes() == MADE[name]


def test_files_are_listed_with_their_sizes(witness: Witness) -> None:
    """What a trial wrote is listed by path and size, and nothing else: not what it found and left as it was."""
    listed = witness.sweep.handle.artifacts()
    for number in range(TRIALS):
        sizes = {path: size for trial, path, size in listed if trial == number}
        assert sizes == {path: file.stat().st_size for path, file in witness.files[number].items()}
        assert sizes["sub/made/large.bin"] == len(MADE["made/large.bin"])
        assert not ({*FILES, LINK[0], "sub/witness.py"} - {"notes.txt"}) & {*sizes}


def test_each_trial_has_a_time(witness: Witness) -> None:
    """Each trial has succeeded at its first attempt, with no reason and with how long it took."""
    for row in witness.sweep.rows:
        assert (row.state, row.attempts, row.reason) == ("succeeded", 1, None)
        assert row.duration is not None
        assert row.duration >= 0.4
