"""Metrics in files that libraries write: each value once, whenever it is read, and nothing that is no metric."""

from __future__ import annotations

import csv
import json
import os
import struct
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tensorboardX.proto.event_pb2 import Event
from tensorboardX.proto.summary_pb2 import Summary
from tensorboardX.record_writer import RecordWriter

from grid_jupyter.core.scalars import finder, reader
from grid_jupyter.core.scalars.events import LARGEST, read_scalars
from grid_jupyter.core.scalars.lightning import Rows

TAGS = ("loss", "val/acc", "\N{GREEK SMALL LETTER ALPHA}")


@st.composite
def events(draw):
    """Events of all kinds, with the scalars in them."""
    scalars = st.tuples(st.sampled_from(TAGS), st.integers(-(2**63), 2**63 - 1), st.floats(width=32, allow_nan=False))
    made, told = [Event(file_version="brain.Event:2", wall_time=1.0)], []
    for tag, step, value in draw(st.lists(scalars, max_size=6)):
        summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
        if draw(st.booleans()):
            summary.value.add(tag="image", image=Summary.Image(encoded_image_string=bytes(draw(st.integers(0, 300)))))
        made.append(Event(step=step, wall_time=2.5, summary=summary))
        told.append((tag, step, value, 2.5))
    return made, told


def write_events(path, made):
    """Write events as tensorboardX does; return where each ends."""
    path.unlink(missing_ok=True)
    writer, ends = RecordWriter(str(path)), [0]
    for event in made:
        writer.write(event.SerializeToString())
        writer.flush()
        ends.append(path.stat().st_size)
    writer.close()
    return ends


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return tmp_path_factory.mktemp("scalars") / "events.out.tfevents.1"


def same(found, told):
    """Whether the scalars are those that were written: a number of 32 bits is told by its shortest decimal."""
    assert [(tag, step, time) for tag, step, _, time in found] == [(tag, step, time) for tag, step, _, time in told]
    assert [struct.pack("<f", each[2]) for each in found] == [struct.pack("<f", each[2]) for each in told]


@settings(max_examples=40, deadline=None)
@given(events(), st.lists(st.integers(0, 3000), max_size=6))
def test_each_scalar_is_read_once_wherever_a_file_ended_before(file, made, cuts):
    write_events(file, made[0])
    whole, found, offset = file.read_bytes(), [], 0
    for cut in [*sorted(cuts), len(whole)]:
        file.write_bytes(whole[:cut])
        with file.open("rb") as opened:
            for end, scalars in read_scalars(opened, offset):
                offset = end
                found += scalars
    same(found, made[1])


@settings(max_examples=40, deadline=None)
@given(events(), st.integers(0, 3000), st.integers(1, 255))
def test_a_damaged_byte_costs_its_record_or_what_follows(file, made, place, flip):
    ends = write_events(file, made[0])
    damaged = bytearray(file.read_bytes())
    place %= len(damaged)
    damaged[place] ^= flip
    file.write_bytes(damaged)
    with file.open("rb") as opened:
        found = [scalar for _, scalars in read_scalars(opened) for scalar in scalars]
    hit = next(number for number, (first, end) in enumerate(pairwise(ends)) if first <= place < end)
    told = [value for number, value in enumerate(made[1], 1) if number != hit]
    if place - ends[hit] < 12:  # its length, without which the next record is not found
        told = told[: max(0, hit - 1)]
    same(found, told)


@given(st.binary(max_size=400))
def test_garbage_is_read_as_nothing(file, garbage):
    file.write_bytes(garbage)
    with file.open("rb") as opened:
        assert not [scalar for _, scalars in read_scalars(opened) for scalar in scalars]
        opened.seek(0)
        list(Rows().read(opened))


def test_a_large_record_is_passed_over(file):
    image = Summary.Image(encoded_image_string=bytes(LARGEST))
    large = Event(step=1, summary=Summary(value=[Summary.Value(tag="image", image=image)]))
    small = Event(step=2, summary=Summary(value=[Summary.Value(tag="loss", simple_value=0.1)]))
    write_events(file, [large, small])
    with file.open("rb") as opened:
        assert [scalar[:3] for _, scalars in read_scalars(opened) for scalar in scalars] == [("loss", 2, 0.1)]


@pytest.mark.full
def test_what_tensorboard_itself_writes(tmp_path):
    import numpy as np
    from tensorboard.compat.proto.event_pb2 import Event
    from tensorboard.compat.proto.summary_pb2 import Summary
    from tensorboard.plugins.hparams import metadata as hparams
    from tensorboard.plugins.scalar import metadata
    from tensorboard.summary.writer.event_file_writer import EventFileWriter
    from tensorboard.util.tensor_util import make_tensor_proto

    values = (np.float32(0.1), np.float64(0.1), np.array([0.25], np.float32))
    writer = EventFileWriter(str(tmp_path / "logs" / "validation"))
    for step, value in enumerate(values):
        told = metadata.create_summary_metadata("", "") if step == 0 else None  # later ones need not say it
        summary = Summary(value=[Summary.Value(tag="epoch_loss", metadata=told, tensor=make_tensor_proto(value))])
        writer.add_event(Event(step=step, wall_time=9.5, summary=summary))
    no_scalars = [
        Summary.Value(tag="text", tensor=make_tensor_proto("hello")),
        Summary.Value(tag="vector", tensor=make_tensor_proto(np.zeros(3, np.float32))),
        Summary.Value(tag="count", tensor=make_tensor_proto(3)),
        Summary.Value(
            tag="hp",
            metadata=hparams.create_summary_metadata(hparams.plugin_data_pb2.HParamsPluginData()),
            tensor=make_tensor_proto(np.float32(1)),
        ),
    ]
    writer.add_event(Event(step=9, wall_time=9.5, summary=Summary(value=no_scalars)))
    writer.close()
    assert points(look_at(tmp_path)) == [
        ("validation/epoch_loss", step, value) for step, value in enumerate((0.1, 0.1, 0.25))
    ]


# Lightning


class CsvLogger:
    """Writes as the ``_ExperimentWriter`` of Lightning 2.6 does (``lightning/fabric/loggers/csv_logs.py``).

    Sorted columns; rows are appended, with a file of its own each time; where a column is new, all that is there is
    read and written again below the longer header. Lightning itself would bring torch.
    """

    def __init__(self, path):
        self.path, self.keys, self.rows = path, [], []
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)

    def log(self, numbers, step):
        self.rows.append({**numbers, "step": step})

    def save(self):
        new = set().union(*self.rows) - set(self.keys)
        self.keys = sorted({*self.keys, *new})
        there = self.path.is_file()
        if new and there:
            with self.path.open(newline="") as file:
                old = list(csv.DictReader(file))
            self.write("w", old, header=True)
        self.write("a" if there else "w", self.rows, header=not there)
        self.rows = []

    def write(self, mode, rows, *, header):
        with self.path.open(mode, newline="") as file:
            writer = csv.DictWriter(file, fieldnames=self.keys)
            if header:
                writer.writeheader()
            writer.writerows(rows)


LOGGED = st.lists(
    st.lists(
        st.dictionaries(st.sampled_from(("a", "b", "epoch", "val_c")), st.integers(0, 99), min_size=1), min_size=1
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40, deadline=None)
@given(LOGGED, st.data())
def test_each_row_is_read_once_whenever_lightning_writes_anew(file, logged, data):
    file = file.with_name("metrics.csv")
    logger, found, told = CsvLogger(file), [], []
    rows = Rows()
    for number, batch in enumerate(logged):
        for numbers in batch:
            logger.log(numbers, len(told))
            told.append({**numbers, "step": len(told)})
        logger.save()
        whole = file.read_bytes()
        if data.draw(st.booleans()):  # it is looked at while it is written
            file.write_bytes(whole[: data.draw(st.integers(0, len(whole)))])
            found += read_rows(file, rows)
            file.write_bytes(whole)
        if data.draw(st.booleans()):  # another watcher has taken over
            rows = Rows(rows.taken, rows.first)
        if data.draw(st.booleans()) or number == len(logged) - 1:
            found += read_rows(file, rows)
    assert found == told


def read_rows(file, rows):
    with file.open("rb") as opened:
        return [row for piece in rows.read(opened) for row in piece]


def test_a_file_that_lightning_begins_anew_is_read_anew(file):
    file = file.with_name("metrics.csv")
    rows, logger = Rows(), CsvLogger(file)
    for step in range(3):
        logger.log({"loss": 0.5}, step)
    logger.save()
    assert len(read_rows(file, rows)) == 3
    logger = CsvLogger(file)  # a second trainer with the same version removes the file
    logger.log({"loss": 0.25}, 0)
    logger.save()
    assert read_rows(file, rows) == [{"loss": 0.25, "step": 0}]


# A trial's directory


def look_at(root, *, state=None, attempt=1, printed=(), frozen=None):
    return reader.FileReader(0, attempt, str(root), state or {}, printed, (frozen or {}).get)


def points(files, *, last=True):
    return [(point.name, point.step, point.value) for found in files.read(last=last) for point in found]


def write_scalars(folder, *scalars):
    folder.mkdir(parents=True, exist_ok=True)
    made = [Event(step=step, summary=Summary(value=[Summary.Value(tag=tag, simple_value=value)]))
            for tag, step, value in scalars]  # fmt: skip
    path = folder / f"events.out.tfevents.{len(list(folder.iterdir()))}"
    write_events(path, made)
    return path


def write_csv(path, *rows):
    logger = CsvLogger(path)
    for step, numbers in enumerate(rows):
        logger.log(numbers, step)
    logger.save()


def test_folders_are_named_where_they_must_be(tmp_path):
    write_scalars(tmp_path / "runs" / "a", ("loss", 0, 1), ("Train Loss (mean)", 0, 2), ("epoch", 0, 0))
    write_scalars(tmp_path / "runs" / "a" / "loss_val", ("loss", 0, 3))  # torch's add_scalars
    write_scalars(tmp_path / "runs" / "a" / "1700000000.5", ("hparam/acc", 0, 4))  # its add_hparams
    write_scalars(tmp_path / "runs" / "b", ("loss", 0, 5))
    write_scalars(tmp_path / "keras" / "train", ("epoch_loss", 0, 6))
    write_scalars(tmp_path / "keras" / "validation", ("epoch_loss", 0, 7), ("validation/acc", 0, 8))
    assert {name: value for name, _, value in points(look_at(tmp_path))} == {
        "loss": 1, "Train_Loss__mean_": 2, "loss_val/loss": 3, "hparam/acc": 4, "b/loss": 5,
        "train/epoch_loss": 6, "validation/epoch_loss": 7, "validation/acc": 8,
    }  # fmt: skip


def test_the_first_source_keeps_a_name(tmp_path):
    write_scalars(tmp_path, ("loss", 0, 1), ("acc", 0, 2))
    write_csv(tmp_path / "lightning_logs" / "version_0" / "metrics.csv", {"acc": 3, "f1": 4})
    write_csv(tmp_path / "lightning_logs" / "version_1" / "metrics.csv", {"f1": 5})
    assert points(look_at(tmp_path, printed=["loss"])) == [("acc", 0, 2), ("f1", 0, 4), ("version_1/f1", 0, 5)]


def test_another_attempt_goes_on_with_the_same_names_in_another_folder(tmp_path):
    write_scalars(tmp_path / "one" / "runs" / "today", ("loss", 0, 1))
    first = look_at(tmp_path / "one")
    assert points(first) == [("loss", 0, 1)]
    write_scalars(tmp_path / "two" / "runs" / "tomorrow", ("loss", 1, 2))
    second = look_at(tmp_path / "two", state=first.state(), attempt=2, printed=["loss"])
    assert points(second) == [("loss", 1, 2)]


def test_another_watcher_goes_on_where_the_first_was(tmp_path):
    path = write_scalars(tmp_path / "runs", ("loss", 0, 1))
    table = tmp_path / "lightning_logs" / "version_0" / "metrics.csv"
    write_csv(table, {"acc": 1}, {"acc": 2})
    first = look_at(tmp_path)
    assert points(first) == [("loss", 0, 1), ("acc", 0, 1), ("acc", 1, 2)]
    write_scalars(path.parent, ("loss", 1, 3))
    write_csv(table, {"acc": 1}, {"acc": 2}, {"acc": 3, "new": 4})
    second = look_at(tmp_path, state=json.loads(json.dumps(first.state())), printed=["loss", "acc"])
    assert points(second) == [("loss", 1, 3), ("acc", 2, 3), ("new", 2, 4)]
    assert points(second) == []


def test_links_pipes_and_other_peoples_tables_are_left_alone(tmp_path):
    outside, work = tmp_path / "outside", tmp_path / "work"
    path = write_scalars(outside, ("loss", 0, 1))
    work.mkdir()
    (work / "data").symlink_to(outside)
    (work / "a.tfevents.1").symlink_to(path)
    os.mkfifo(work / "b.tfevents.2")
    (work / "c.tfevents.3").mkdir()
    (work / "metrics.csv").write_text("name,score\nmine,3\n")  # no step: not Lightning's
    (work / "d.tfevents.4").write_bytes(os.urandom(5000))
    assert points(look_at(work)) == []


def test_what_came_with_the_project_counts_only_when_it_was_changed(tmp_path):
    path = write_scalars(tmp_path, ("loss", 0, 1))
    status = path.stat()
    files = look_at(tmp_path, frozen={path.name: (status.st_size, status.st_mtime_ns)})
    assert points(files) == []
    os.utime(path, (1, 1))
    assert points(files) == [("loss", 0, 1)]


def test_a_project_of_many_files_is_listed_once(tmp_path, monkeypatch):
    for number in range(30):
        (tmp_path / f"package{number}").mkdir()
        (tmp_path / f"package{number}" / "module.py").touch()
        os.utime(tmp_path / f"package{number}", (1, 1))
    os.utime(tmp_path, (1, 1))
    listed, scandir = [], os.scandir
    monkeypatch.setattr(finder.os, "scandir", lambda folder: listed.append(folder) or scandir(folder))
    found = finder.Finder(str(tmp_path))
    found.look()
    assert len(listed) == 31
    found.look()
    assert len(listed) == 31
    write_scalars(tmp_path / "package7", ("loss", 0, 1))
    found.look()
    assert len(listed) == 32
    assert list(found.found) == ["package7/events.out.tfevents.1"]


def test_looking_takes_a_small_part_of_the_time(tmp_path, monkeypatch):
    looks = []
    files = look_at(tmp_path)
    monkeypatch.setattr(files._finder, "look", lambda: looks.append(time.sleep(0.02)))
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        list(files.read())
    assert len(looks) == 1
    list(files.read(last=True))
    assert len(looks) == 2
