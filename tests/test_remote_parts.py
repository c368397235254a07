"""Parts that run beside scripts on other machines: a program and its guard, and what keeps what agents send."""

import asyncio
import json
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from grid_jupyter.clusters.ray.agent.keeper import Keeper
from grid_jupyter.clusters.ray.agent.pipe import PART, Pipe
from grid_jupyter.clusters.ray.agent.routed import Routed
from grid_jupyter.clusters.ray.journal import RunJob
from grid_jupyter.clusters.ray.replica import Replica
from grid_jupyter.clusters.ray.requirements import runtime_env
from grid_jupyter.core.cluster import Code
from grid_jupyter.core.spec import RunSpec
from grid_jupyter.errors import ServiceError
from grid_jupyter.remote.agent import process
from grid_jupyter.remote.agent.folder import Folder
from grid_jupyter.remote.agent.growth import MOST_AT_ONCE, GrowingFiles
from grid_jupyter.remote.agent.layout import BUILD, RunKeys
from grid_jupyter.remote.agent.objects import PassingError
from grid_jupyter.remote.agent.pieces import unpack
from grid_jupyter.remote.agent.shipping import Shipper
from grid_jupyter.remote.agent.state import State
from grid_jupyter.remote.agent.task import Task
from grid_jupyter.remote.attempt import Attempt
from grid_jupyter.remote.dependencies import dependency_file
from grid_jupyter.remote.worker import Worker

KEYS = RunKeys("spiffy", "0123456789")


def test_a_script_runs_where_there_is_no_shell(tmp_path, monkeypatch):
    """As in a container that has Python and little else."""
    start = process.subprocess.Popen

    def without_shell(argv, **how):
        if argv[0] == "/bin/sh":
            raise FileNotFoundError(argv[0])
        return start(argv, **how)

    monkeypatch.setattr(process.subprocess, "Popen", without_shell)
    out, err = tmp_path / "out", tmp_path / "err"
    program = process.Program([sys.executable, "-c", "print('ran'); exit(3)"], {}, tmp_path, out, err)
    assert (program.wait(), out.read_text()) == (3, "ran\n")


RUN = f"grid-jupyter/{KEYS.label}"
"""Where a keeper has what belongs to the run."""


@pytest.fixture
def keeper(tmp_path):
    return keeper_of(tmp_path)


def keeper_of(tmp_path, job=0):
    return Keeper(str(tmp_path), KEYS.label, KEYS.prefix, job)


@pytest.fixture
def ask():
    """Return a function that has keepers do something, and returns the last answer: as in an actor of Ray's."""
    with asyncio.Runner() as runner:

        def ask(*calls):
            return [runner.run(call) for call in calls][-1]

        yield ask


@pytest.fixture
def told(tmp_path, ask, wait_until):
    """Return a function that returns all that a session finds of a job, in order, once all that was told is there."""

    def is_written():
        ask(asyncio.sleep(0.01))
        return not [*tmp_path.glob(f"{RUN}/*/notes")]

    def told(job=0):
        wait_until(is_written)
        return found(tmp_path, job)

    return told


def found(tmp_path, job=0):
    """All that a session finds now."""
    places = sorted(Path(tmp_path, f"{RUN}/{job}/out").glob("0*"))
    return [(part.file, part.content) for place in places for part in unpack(place.read_bytes())]


async def at_once(*calls):
    await asyncio.gather(*calls)


def test_what_many_tell_at_once_is_written_together_and_in_order(keeper, ask, told, tmp_path):
    ask(at_once(*(keeper.put(f"state/{number}", b"%d" % number) for number in range(200))))
    assert told() == [(f"state/{number}", b"%d" % number) for number in range(200)]
    assert len([*Path(tmp_path, f"{RUN}/0/out").glob("0*")]) == 1


def test_a_piece_is_no_larger_than_what_comes_in_time(keeper, ask, told, tmp_path):
    sizes = [3, 4, 1, 4, 4, 9, 0, 0]
    contents = [(f"state/{number}", bytes(size << 20)) for number, size in enumerate(sizes)]
    ask(at_once(*(keeper.put(*content) for content in contents)))
    assert told() == contents
    there = sorted(Path(tmp_path, f"{RUN}/0/out").glob("0*"))
    assert [path.stat().st_size >> 20 for path in there] == [8, 8, 9, 0]


def test_many_that_tell_all_the_time_make_few_pieces_and_one_that_does_now_and_then_is_heard_at_once(
    keeper, ask, told, tmp_path
):
    """Each piece is a question of the session's."""
    began, count = time.monotonic(), 0
    while time.monotonic() < began + 2:
        ask(keeper.put(f"state/{count}", b"a"), asyncio.sleep(0.02))
        count += 1
    took = time.monotonic() - began
    assert len(told()) == count
    assert len([*Path(tmp_path, f"{RUN}/0/out").glob("0*")]) < 10 + 4 * took
    time.sleep(1)
    for number in range(count, count + 3):
        ask(keeper.put(f"state/{number}", b"a"), asyncio.sleep(0.1))
        assert len(found(tmp_path)) == number + 1


def test_a_keeper_that_comes_after_another_goes_on_where_it_was(keeper, ask, told, tmp_path):
    ask(keeper.put("state/0", b"a"))
    assert told() == [("state/0", b"a")]
    ask(keeper_of(tmp_path).put("state/1", b"b"))
    assert told() == [("state/0", b"a"), ("state/1", b"b")]


@pytest.mark.parametrize("job", [0, 1])
def test_a_keeper_tells_what_another_did_not_come_to_tell(keeper, ask, told, tmp_path, job):
    ask(keeper.put("state/0", b"\na"), keeper.put("state/1", b""))
    with Path(tmp_path, f"{RUN}/0/notes").open("ab") as notes:
        notes.write(b'{"file": "state/2", "size": 2}\nb')  # it was killed here
    ask(keeper_of(tmp_path, job).put("state/3", b"c"))
    ask(keeper_of(tmp_path, job).put("state/4", b"d"))
    assert told(job) == [("state/0", b"\na"), ("state/1", b""), ("state/3", b"c"), ("state/4", b"d")]


def test_what_was_taken_is_removed_and_the_next_keeper_goes_on_all_the_same(keeper, ask, told, tmp_path):
    for number in range(4):
        ask(keeper.put(f"state/{number}", b"a"))
        told()
    ask(keeper.forget(2))
    assert [key for key, _ in told()] == ["state/2", "state/3"]
    ask(keeper.forget(4))
    again = keeper_of(tmp_path)
    ask(again.put("state/4", b"a"))
    told()
    ask(again.forget(5))
    assert [path.name for path in tmp_path.glob(f"{RUN}/0/out/0*")] == ["000004"]


def test_the_end_of_an_attempt_is_told_once(keeper, ask, told):
    assert ask(keeper.end(3, 1, 0, {"lost": "its node was lost"}))
    assert not ask(keeper.end(3, 1, 0, {"lost": "its agent was lost"}))
    ((key, content),) = told()
    assert (key, json.loads(content)["lost"]) == (KEYS.state(3, 1), "its node was lost")


@pytest.mark.parametrize("place", ["0/out", "0/notes", "objects"])
def test_an_end_that_cannot_be_written_at_first_is_told_all_the_same(keeper, ask, told, tmp_path, place):
    """As on a disk that is full for a while: the driver asks again until it is answered."""
    in_the_way = Path(tmp_path, RUN, place)
    in_the_way.parent.mkdir(exist_ok=True)
    in_the_way.mkdir() if place == "0/notes" else in_the_way.touch()
    answers = []
    with suppress(OSError):
        answers.append(ask(keeper.end(3, 1, 0, {"lost": "its node was lost"})))
    ask(asyncio.sleep(0.1))
    in_the_way.replace(tmp_path / "away")
    answers.append(ask(keeper.end(3, 1, 0, {"lost": "its node was lost"})))
    assert True in answers
    assert {(key, json.loads(content)["lost"]) for key, content in told()} == {(KEYS.state(3, 1), "its node was lost")}


def test_the_last_word_of_a_driver_is_told_at_once(keeper, ask, tmp_path):
    """Its job may be over with it, and the keeper with the job."""
    ask(keeper.put("state/0", b"a"), keeper.put("driver", b"over"))
    assert found(tmp_path) == [("state/0", b"a"), ("driver", b"over")]


class Head:
    """As much of a dashboard as is asked for pieces."""

    def __init__(self, logs):
        self.logs = Folder(logs)

    def log_file(self, _node, path):
        return self.logs.get(path)


def test_a_session_that_is_far_behind_knows_that_there_is_more(keeper, ask, told, tmp_path, monkeypatch):
    monkeypatch.setattr("grid_jupyter.clusters.ray.replica.MOST_AT_ONCE", 3)
    for number in range(5):
        ask(keeper.put(f"state/{number}", b"a"))
        told()
    replica, job, head = Replica(tmp_path / "here", KEYS.label), RunJob(0, node="head"), Head(tmp_path)
    (tmp_path / "here" / "0").mkdir(parents=True)
    looks = [(len(replica.bring(head, job)), replica.is_behind(job)) for _ in range(3)]
    assert looks == [(3, True), (2, False), (0, False)]
    job.taken = 0
    replica.bring(head, job)
    job.node = None
    replica.bring(head, job)
    assert not replica.is_behind(job)


ODD = [
    RunKeys(name, "0123456789")
    for name in ("checkpoint-lr", "checkpoint", "trials", "pieces", "artifacts", "checkpoint.json")
]
"""Keys of runs whose names are words of the layout."""


def kinds(keys, trial):
    """Keys of a trial: those of which the session is told, and those of what stays there."""
    told = [keys.control, keys.state(trial, 1), keys.piece(trial, 1, 0), keys.claim(trial, 1)]
    stays = [keys.checkpoint_pointer(trial), keys.checkpoint(trial, 1, 0)]
    named = ("model.pt", "pieces/0", "checkpoint/1-0.tar", "checkpoint.json", "1/pieces/0", "a/artifacts/b")
    return told, [*stays, *(keys.artifacts(trial, 1) + name for name in named)]


@pytest.mark.parametrize("trial", [0, BUILD])
@pytest.mark.parametrize("keys", ODD, ids=lambda keys: keys.label)
def test_what_is_told_does_not_depend_on_how_a_run_or_its_files_are_called(keys, trial, ask, told, tmp_path):
    keeper = Keeper(str(tmp_path), KEYS.label, keys.prefix, 0)
    of_session, stays = kinds(keys, trial)
    ask(*(keeper.put(key, key.encode()) for key in [*of_session, *stays]))
    assert [key for key, _ in told()] == of_session
    assert [ask(keeper.get(key)) for key in stays] == [key.encode() for key in stays]
    routed = Routed(Folder(tmp_path / "told"), Folder(tmp_path / "kept"))
    for key in [*of_session, *stays]:
        routed.put(key, b"")
    assert {item.key for item in Folder(tmp_path / "told").list("")} == set(of_session)
    assert {item.key for item in Folder(tmp_path / "kept").list("")} == set(stays)


class Through(Pipe):
    """A pipe to a keeper of this process, of which every so many calls one is not answered."""

    def __init__(self, keeper, ask, attempt=1, lost=()):
        super().__init__(None, f"0.{attempt}")
        self.keeper, self.answer, self.lost, self.asked = keeper, ask, lost, 0

    def _ask(self, verb, *words):
        self.asked += 1
        if self.asked in self.lost:
            raise OSError("not answered")
        return self.answer(getattr(self.keeper, verb)(*words))


@pytest.fixture
def model(tmp_path):
    """A file of two parts, and where it is kept."""
    model = tmp_path / "model.pt"
    model.write_bytes(bytes(PART) + b"the end")
    return model, KEYS.artifacts(0, 1) + "model.pt"


def drafts(tmp_path):
    return [*Path(tmp_path, f"{RUN}/drafts").iterdir()]


def test_an_upload_that_was_cut_off_leaves_nothing_when_it_is_made_again(keeper, ask, model, tmp_path):
    file, key = model
    pipe = Through(keeper, ask, lost={2})
    with pytest.raises(OSError, match="not answered"):
        pipe.upload(str(file), key)
    file.write_bytes(b"shorter")
    pipe.upload(str(file), key)
    back = tmp_path / "back.pt"
    assert pipe.download(key, str(back))
    assert back.read_bytes() == b"shorter"
    ask(keeper.end(0, 1, 0, {}))
    assert drafts(tmp_path) == []


def test_what_an_agent_has_left_that_was_killed_is_removed_and_what_another_sends_is_not(keeper, ask, model, tmp_path):
    file, key = model
    for attempt, lost in ((1, 2), (2, 3), (3, 3)):
        with pytest.raises(OSError, match="not answered"):
            Through(keeper, ask, attempt, {lost}).upload(str(file), key)
    ask(keeper.end(0, 2, 0, {"lost": "its agent was lost"}))
    (left,) = drafts(tmp_path)
    (draft,) = left.iterdir()
    assert draft.read_bytes() == file.read_bytes()
    ask(keeper.end(0, 3, 0, {"lost": "its agent was lost"}))
    assert drafts(tmp_path) == []
    with pytest.raises(OSError, match="No such file"):  # nor does what was underway begin it anew, with a hole
        ask(keeper.put_part(f"0.3/{draft.name}", PART, b"the end"))


class Written(Folder):
    """Objects, and a script that writes while each is put: so it has always written more."""

    def __init__(self, path, stdout):
        super().__init__(path)
        self.stdout, self.keys, self.more, self.refused = stdout, [], [], 0

    def put(self, key, content):
        if self.more:
            with self.stdout.open("ab") as file:
                file.write(self.more.pop(0))
        if self.refused:
            self.refused -= 1
            raise PassingError("not now")
        super().put(key, content)
        self.keys.append(key)


@pytest.fixture
def shipped(tmp_path):
    """Objects of an attempt that writes to its stdout, and what ships that."""
    work = tmp_path / "work"
    work.mkdir()
    objects = Written(tmp_path / "objects", tmp_path / "stdout")
    order = Task(KEYS, "a", 1, 0, {"flush": 0.0}, {"trial": 0})
    files = GrowingFiles({"stdout": objects.stdout}, work, lambda *_: False)
    return objects, Shipper(objects, order, State(order, {}), files)


def stdout(objects):
    """What is known of the attempt's stdout, by the state and the pieces that it counts."""
    pieces = json.loads(objects.get(KEYS.state(0, 1)))["pieces"]
    return b"".join(part.content for n in range(pieces) for part in unpack(objects.get(KEYS.piece(0, 1, n))))


@pytest.mark.parametrize("size", [5, MOST_AT_ONCE], ids=["little", "much"])
def test_of_a_trial_that_always_writes_the_state_is_told_too(shipped, size, wait_until):
    objects, shipper = shipped
    objects.more = [b"a" * size] * 4
    shipper.start()
    wait_until(lambda: not objects.more)
    shipper.close(10)
    assert objects.keys[:3] == [KEYS.state(0, 1), KEYS.piece(0, 1, 0), KEYS.state(0, 1)]
    assert stdout(objects) == objects.stdout.read_bytes()


def test_what_was_written_after_a_piece_that_could_not_be_sent_is_sent_at_the_end(shipped):
    objects, shipper = shipped
    shipper.start()
    shipper.close(10)  # there is no thread any more
    objects.stdout.write_bytes(b"before")
    objects.more, objects.refused = [b" and after"], 1
    shipper.close(10, status="ended")
    assert stdout(objects) == b"before and after"
    assert objects.keys[-1] == KEYS.state(0, 1)


@pytest.mark.parametrize(
    ("subdir", "named", "path"),
    [
        ("", "requirements.txt", "requirements.txt"),
        ("sub", "../requirements.txt", "requirements.txt"),
        ("sub/inner", "../../other/./more.txt", "other/more.txt"),
        ("sub", "more/../wants.txt", "sub/wants.txt"),
    ],
)
def test_a_dependency_file_may_be_named_from_where_the_run_starts(subdir, named, path):
    code = Code(subdir, {path: 9}, {path: b"wonderful"}.__getitem__)
    assert runtime_env(RunSpec(script="train.py", dependency_file=named), code) == {"pip": ["wonderful"]}
    assert dependency_file(subdir, named, code.sizes) == {"kind": "requirements", "path": path}


class Looking(Worker):
    """A worker that looks, each time with what it is given."""

    def __init__(self, *errors):
        super().__init__("the cluster", 0.01)
        self.errors = list(errors)

    def _look_when_due(self):
        if time.monotonic() < self._next_look or not self.errors:
            return
        self._begin_to_look()
        error = self.errors.pop(0)
        if error:
            raise error
        self._look_again(changed=True)

    def steps(self):
        return (self._look_when_due,)

    def make(self, job): ...
    def find(self, trial, number): ...
    def forget(self, trials): ...
    def wind_up(self): ...


def test_what_is_in_the_way_for_days_is_logged_once(caplog, wait_until):
    away, odd, odder = ServiceError("it does not answer"), KeyError("odd"), KeyError("odder")
    worker = Looking(away, away, away, odd, odd, odder, odder, None, odder)
    attempt = worker.attempts[0] = Attempt(0, 1)
    worker.start()

    def over():
        worker.wake()  # also when nothing is due
        return not worker.errors

    wait_until(over)
    worker.close()
    logged = [str(record.exc_info[1]) if record.exc_info else record.message for record in caplog.records]
    assert logged == ["it does not answer", "'odd'", "'odder'", "'odder'"]
    assert "was not understood" in attempt.delay
