"""The processes between a watcher and its trials; run as a program, with nothing but the standard library.

::

    watcher ──▶ fork server ──fork──▶ parent ──▶ trial
                                      (one a slot)

The fork server makes parents: forking one takes a moment, starting an interpreter would take many. A parent runs one
trial after the other, and outlives the watcher: it holds the slot and the trial's record, both by locks on open
files, ends whatever the trial leaves behind in its process group, and records how the trial ended. The trial itself
holds none of that.

Messages are lines of JSON. To the fork server: make a parent, with what trials of its slot find in their environment
and two open files, the slot and the parent's end of a socket. To a parent: run a trial, with one open file, its
record. From a parent: the trial's end.

A warm fork server has imported what the script imports, and its parents fork their trials. It is run by the trials'
Python as ``sitecustomize``, which Python imports before it runs a script: ``python /dev/fd/N``. A fork that is to be a
trial puts the compiled script where N leads, makes itself look newly started, and returns. From there on Python itself
runs the script as it always does, with nothing of ours below it.
"""
# On the path of every trial, and any Python runs it: plain strings, no Path objects.
# ruff: noqa: PTH100, PTH109, PTH112, PTH115, PTH118, PTH119, PTH120, PTH123, PTH208

from __future__ import annotations

import ctypes
import errno
import gc
import importlib
import json
import os
import signal
import socket
import sys
import time
import types
from contextlib import suppress

TYPE_CHECKING = False  # importing typing takes as long as half of the rest
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from typing import Any

GRACE = 20.0
"""Seconds between the request to end and the end by force."""

_STILL_HERE = 3600.0
_PART = 1 << 16
_NEW = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
# What Python or we ignore, a trial must not.
_DEFAULTS = (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


def receive(channel: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """Return the next message with its open files; ``None`` when the other side is gone."""
    text, files = b"", []
    while not text.endswith(b"\n"):
        try:
            part, new, _, _ = socket.recv_fds(channel, _PART, 2)
        except OSError:
            return None
        if not part:
            return None
        text += part
        for file in new:
            os.set_inheritable(file, False)  # noqa: FBT003  (a trial must hold none of our locks)
        files += new
    return json.loads(text), files


class Parent:
    """The parent of one slot's trials.

    SIGTERM asks the trial to end and lets it save; when the grace period is over it is ended by force. Both go to all
    that the trial started.
    """

    def __init__(self, slot: int, channel: socket.socket, environment: Mapping[str, str]) -> None:
        self._slot = slot
        self._channel = channel
        self._environment = {**os.environ, **environment}
        self._group = 0
        self._asked = False

    def serve(self) -> int:
        """Run trials until the watcher is gone or needs no more."""
        os.setpgid(0, 0)
        _adopt_orphans()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGTERM, self._asked_to_end)
        signal.signal(signal.SIGALRM, self._alarm)
        signal.setitimer(signal.ITIMER_REAL, _STILL_HERE)
        while (message := receive(self._channel)) is not None:
            job, (record,) = message
            self._run(job, record)
        return 0

    def _run(self, job: Mapping[str, Any], record: int) -> None:
        started = time.monotonic()
        self._asked = False
        try:
            self._group = self._start(job, record)
        except OSError as error:
            code = _cannot_start(job, error)
        else:
            self._note_group()
            _write(record, {"parent": os.getpid(), "group": self._group, "since": started})
            code = self._wait()
        end = {"exit_code": code, "seconds": time.monotonic() - started, "alone": _alone()}
        _write(record, end)
        os.close(record)
        _write(self._channel.fileno(), end)

    def _start(self, job: Mapping[str, Any], record: int) -> int:
        os.chdir(job["directory"])
        try:
            return self._make(job, record)
        finally:
            os.chdir("/")  # the directory is not ours to keep

    def _make(self, job: Mapping[str, Any], record: int) -> int:  # noqa: ARG002
        return os.posix_spawnp(
            job["argv"][0],
            job["argv"],
            {**self._environment, **job["environment"]},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, job["stdout"], _NEW, 0o666),
                (os.POSIX_SPAWN_OPEN, 2, job["stderr"], _NEW, 0o666),
            ],
            setpgroup=0,
            setsigdef=_DEFAULTS,
        )

    def _wait(self) -> int:
        """Wait for the trial's end, end what it left behind, and return its exit code."""
        if hasattr(os, "waitid"):
            os.waitid(os.P_PID, self._group, os.WEXITED | os.WNOWAIT)
            self._signal(signal.SIGKILL)  # until its leader is waited for, the group's number stays its own
            status = os.waitpid(self._group, 0)[1]
        else:
            status = os.waitpid(self._group, 0)[1]
            self._signal(signal.SIGKILL)
        self._group = 0
        self._note_group()
        return 128 + os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)

    def _note_group(self) -> None:
        """Say in the slot which group is to be ended should we be killed; none when its number is free again."""
        with suppress(OSError):
            os.pwrite(self._slot, b"%20d" % self._group if self._group else b" " * 20, 0)

    def _signal(self, number: int) -> None:
        if self._group:
            with suppress(OSError):  # all have ended already
                os.killpg(self._group, number)

    def _asked_to_end(self, *_: object) -> None:
        if not self._asked:
            self._asked = True
            self._signal(signal.SIGTERM)
            signal.setitimer(signal.ITIMER_REAL, GRACE)

    def _alarm(self, *_: object) -> None:
        if self._asked:
            self._signal(signal.SIGKILL)
        with suppress(OSError):
            os.utime(self._slot)  # whoever cleans up old files leaves ours alone
        signal.setitimer(signal.ITIMER_REAL, _STILL_HERE)


def _adopt_orphans() -> None:
    """Become the parent of what a trial leaves behind; other systems than Linux know no such thing."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _alone() -> bool:
    """Whether it is certain that no process of a trial that ended lives on."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        return sys.platform == "linux"
    return False


def _cannot_start(job: Mapping[str, Any], error: OSError) -> int:
    """Say so where the trial would have; return the exit code that a shell would give."""
    with suppress(OSError), open(job["stderr"], "w", encoding="utf-8") as file:
        file.write(f"{job['argv'][0]}: {error.strerror}\n")
    return 127 if error.errno == errno.ENOENT else 126


def _write(file: int, said: Mapping[str, Any]) -> None:
    # Where the disk is full, or the watcher gone, the other of the two is told.
    with suppress(OSError):
        os.write(file, json.dumps(said).encode() + b"\n")


def serve(control: socket.socket, kind: Callable[..., Parent] = Parent) -> int:
    """Fork a parent for each request, until the watcher is gone."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for parents
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    while (message := receive(control)) is not None:
        slot, channel = message[1]
        if os.fork() == 0:
            control.close()
            return kind(slot, socket.socket(fileno=channel), message[0]["environment"]).serve()
        os.close(slot)
        os.close(channel)
    return 0


# Warm: what follows looks into other modules, most of which no type checker knows.
# ruff: noqa: ANN401, SLF001


class _Unfit(Exception):  # noqa: N818
    """Trials cannot be forked from here."""


class _Forked(BaseException):
    """Raised in a fork that is to be a trial, to leave everything that its parent was at."""


def _run_warm() -> None:
    """Serve until the watcher is gone; return in the forks that are trials, for Python to run the script."""
    control = socket.socket(fileno=int(os.path.basename(sys.argv[0])))
    try:
        warm = _Warm(control)
        serve(control, warm.parent)
    except _Forked as forked:
        trial = forked.args
    except Exception as error:  # noqa: BLE001  (without us, trials run as well)
        _write(control.fileno(), {"unfit": str(error)})
        os._exit(1)
    else:
        os._exit(0)  # what modules registered for the exit is the trials' to do
    warm.become(*trial)
    if "sitecustomize" not in sys.modules:
        raise ImportError(name="sitecustomize")  # so Python takes it that there is none


class _WarmParent(Parent):
    """A parent that forks its trials."""

    def _make(self, job: Mapping[str, Any], record: int) -> int:
        streams = [
            os.open(os.devnull, os.O_RDONLY),
            *(os.open(job[name], _NEW, 0o666) for name in ("stdout", "stderr")),
        ]
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # until the fork has its own handlers
        process = -1
        try:
            process = os.fork()
        finally:
            if process:
                signal.pthread_sigmask(signal.SIG_SETMASK, mask)
                for file in streams:
                    os.close(file)
        if not process:
            for file in (record, self._slot, self._channel.detach()):
                os.close(file)
            raise _Forked(job, {**self._environment, **job["environment"]}, streams, mask)
        with suppress(OSError):  # it has done so itself
            os.setpgid(process, process)
        return process


class _Warm:
    """A Python that has imported what the script imports, and what makes a fork of it look like a new one."""

    def __init__(self, control: socket.socket) -> None:
        if sys.version_info < (3, 9) or sys.implementation.name != "cpython":
            raise _Unfit("it needs CPython 3.9 or newer")
        self._number = control.fileno()
        message = receive(control)
        if message is None:
            os._exit(0)
        order = message[0]
        _set_default_signals()
        _step_aside()
        self._started_with = dict(os.environ)
        self._environment = order["environment"]
        self._copy = order["copy"]
        self._below = os.getcwd()[len(self._copy) :]
        sys.argv = [order["script"]]
        sys.modules["__main__"].__file__ = os.path.join(os.getcwd(), order["script"])
        self._randomness = _Randomness()
        with self._randomness:
            _import_all(order["imports"], order["names"], self._number)
        self._pools = list(_pools())
        self._said = _take_output()
        self._handlers = {number: signal.getsignal(number) for number in (signal.SIGCHLD, signal.SIGALRM, *_DEFAULTS)}
        os.chdir("/")
        gc.collect()
        gc.freeze()  # what is there now stays; forks share its memory as long as nobody writes to it
        _write(self._number, {"ready": True})

    def parent(self, slot: int, channel: socket.socket, environment: Mapping[str, str]) -> Parent:
        """Return the parent of a slot."""
        return _WarmParent(slot, channel, {**self._environment, **environment})

    def become(
        self, job: Mapping[str, Any], environment: Mapping[str, str], streams: Sequence[int], mask: set[signal.Signals]
    ) -> None:
        """Make this process look as if it had just been started to run the script."""
        with suppress(OSError):  # its parent has done so
            os.setpgid(0, 0)
        os.chdir(job["directory"])
        for number, stream in enumerate(streams):
            os.dup2(stream, number)
            os.close(stream)
        file = os.path.join(os.getcwd(), job["argv"][1])
        try:
            code = _compile(file)
        except Exception:  # noqa: BLE001  (Python says it best)
            _start_python(job["argv"], environment, mask)
        for number, handler in self._handlers.items():
            if handler is not None:  # one that was not set from Python
                signal.signal(number, handler)
        self._set_environment(environment)
        _renew_modules()
        self._randomness.renew()
        for pool in self._pools:
            pool.grow(environment)
        self._repeat_output()
        sys.argv = job["argv"][1:]
        if hasattr(sys, "orig_argv"):
            sys.orig_argv = job["argv"]
        _run_next(file, code, self._number)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)

    def _repeat_output(self) -> None:
        """Print what was printed during the imports, with the trial's directory for the one that they were done in."""
        place = os.getcwd()
        place = place[: len(place) - len(self._below)]
        for number, said in self._said:
            with suppress(OSError):  # the disk is full
                os.write(number, said.replace(os.fsencode(self._copy), os.fsencode(place)))

    def _set_environment(self, environment: Mapping[str, str]) -> None:
        """Set what the trial finds in its environment; what modules changed there while imported stays changed."""
        before = self._started_with
        for name in {*before, *environment}:
            if before.get(name) == environment.get(name) or os.environ.get(name) != before.get(name):
                continue
            if name in environment:
                os.environ[name] = environment[name]
            else:
                del os.environ[name]
        shared = _search_path(before)
        rest = [path for path in sys.path if path not in shared]
        sys.path[:] = dict.fromkeys([*_search_path(environment), *rest])


def _search_path(environment: Mapping[str, str]) -> list[str]:
    """What Python makes of PYTHONPATH."""
    path = environment.get("PYTHONPATH")
    return [os.path.abspath(entry) for entry in path.split(os.pathsep)] if path else []


def _set_default_signals(*more: int) -> None:
    """Set what a new Python finds, whatever whoever started us ignored."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM, *more):
        if signal.getsignal(number) == signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def _step_aside() -> None:
    """Undo what made Python run us, and run what it would have run instead."""
    import site

    ours, _, theirs = os.environ["PYTHONPATH"].partition(os.pathsep)
    if theirs:
        os.environ["PYTHONPATH"] = theirs
    else:
        del os.environ["PYTHONPATH"]
    sys.path.remove(ours)
    del sys.modules["sitecustomize"]
    site.execsitecustomize()
    if site.ENABLE_USER_SITE:
        site.execusercustomize()


class _Guard:
    """Keeps modules of the project from being imported."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = frozenset(names)
        self.asked_for = ""

    def find_spec(self, name: str, *_: object) -> None:
        """Refuse a name of the project's."""
        if name in self._names:
            self.asked_for = name
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)


def _import_all(imports: Sequence[Mapping[str, Any]], names: Sequence[str], control: int) -> None:
    """Do the script's imports.

    Raises:
        _Unfit: Trials would not find things as they would by themselves, or must not be forked from here.
    """
    import _thread

    loaded = {name.partition(".")[0] for name in sys.modules} | {"sitecustomize", "usercustomize"}
    if shadowed := sorted(loaded.intersection(names)):
        raise _Unfit(f"{shadowed[0]} is a module of the project as well as one of Python's own")
    guard: Any = _Guard(names)
    sys.meta_path.insert(0, guard)
    starter = ""
    for line in imports:
        _write(control, {"importing": line["text"]})
        failure = _import(line)
        if guard.asked_for:
            raise _Unfit(f"{line['text']} imports {guard.asked_for}, which is a module of the project as well")
        if failure:
            raise _Unfit(f"{line['text']} fails: {failure}")
        if _holds_gpu():
            raise _Unfit(f"{line['text']} takes hold of a GPU")
        starter = starter or (line["text"] if _thread._count() else "")
    if _thread._count():
        raise _Unfit(f"{starter or 'starting Python'} starts a thread")
    sys.meta_path.remove(guard)


def _import(line: Mapping[str, Any]) -> str:
    """Do one import as the script would, so that warnings name the script's line; say why it fails halfway.

    Each trial must fail by itself then, from the beginning. What is not installed leaves no trace.
    """
    file = sys.modules["__main__"].__file__ if line["module"] == "__main__" else line["file"]
    code = compile("\n" * (line["line"] - 1) + line["text"], file or "", "exec", dont_inherit=True)
    try:
        exec(code, {"__name__": line["module"], "__file__": file})  # noqa: S102
    except ModuleNotFoundError as error:
        _, module, *_ = line["text"].split()
        return "" if f"{module}.".startswith(f"{error.name}.") else str(error)
    except (Exception, SystemExit) as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"
    return ""


def _holds_gpu() -> bool:
    """Whether CUDA was started in this process, which no fork of it can use any more."""
    cuda = getattr(sys.modules.get("torch"), "cuda", None)
    if cuda and cuda.is_initialized():
        return True
    open_files = "/proc/self/fd"
    for number in os.listdir(open_files) if os.path.isdir(open_files) else ():
        with suppress(OSError):  # that of the listing itself
            if os.readlink(f"{open_files}/{number}").startswith("/dev/nvidia"):
                return True
    return False


class _Randomness:
    """Notes what is seeded from the system's randomness during imports, for each trial to seed it anew.

    What is seeded with a number of its own is the same in all trials, however they are started.
    """

    def __enter__(self) -> None:
        random = _module("random")
        self._seeded: dict[int, tuple[Any, bool]] = {}
        self._drawn: set[int] = set()
        self._state = random.getstate()
        self._undo = random.Random.seed, random._urandom
        seed, urandom = self._undo

        def noting_seed(generator: Any, a: Any = None, version: int = 2) -> None:
            self._seeded[id(generator)] = generator, a is None
            seed(generator, a, version)

        def noting_urandom(size: int) -> bytes:
            drawn: bytes = urandom(size)
            self._drawn.add(int.from_bytes(drawn, "big"))
            return drawn

        random.Random.seed = noting_seed
        random.seed = types.MethodType(noting_seed, random._inst)
        random._urandom = noting_urandom

    def __exit__(self, *_: object) -> None:
        random = _module("random")
        random.Random.seed, random._urandom = self._undo
        random.seed = random._inst.seed
        before, self._state = self._state, random.getstate()
        _, unseeded = self._seeded.pop(id(random._inst), (None, True))
        # Every fork seeds it anew; where a module gave it a seed, that must stay.
        self._constant = not unseeded and self._state != before
        self._python = [generator for generator, unseeded in self._seeded.values() if unseeded]
        self._numpy = [generator for generator in _numpy_generators() if self._is_drawn(generator)]

    def _is_drawn(self, generator: Any) -> bool:
        entropy = getattr(_seed_sequence(generator), "entropy", None)
        return isinstance(entropy, int) and entropy in self._drawn

    def renew(self) -> None:
        """Seed anew what was seeded from the system's randomness."""
        random = _module("random")
        if self._constant:
            random.setstate(self._state)
        for generator in self._python:
            random.Random.seed(generator)
        for generator in self._numpy:
            generator.state = type(generator)().state
            _seed_sequence(generator).__init__()  # others may be spawned from it


def _numpy_generators() -> list[Any]:
    """Return all of NumPy's generators, the one of its global functions among them."""
    kind = getattr(sys.modules.get("numpy.random"), "BitGenerator", None)
    return [found for found in gc.get_objects() if issubclass(type(found), kind)] if kind else []


def _seed_sequence(generator: Any) -> Any:
    return getattr(generator, "seed_seq", None) or getattr(generator, "_seed_seq", None)


class _Pool:
    """A library's pool of threads, which has one thread and is to have those of the trial.

    Args:
        resize: Sets how many threads it has.
        variables: Where a new process would find how many; the first that tells counts.
        most: How many it would take at most.
    """

    def __init__(self, resize: Callable[[int], object], variables: Sequence[str], most: int) -> None:
        self._resize = resize
        self._variables = variables
        self._most = most

    def grow(self, environment: Mapping[str, str]) -> None:
        """Give it the threads that it would have in a new process."""
        told = [environment.get(name, "").partition(",")[0].strip() for name in self._variables]
        counts = [int(text) for text in told if text.isdigit() and int(text)]
        self._resize(min(counts[0] if counts else _cpu_count(), self._most))


_MANY = 1 << 20
_OPENBLAS = [f"{start}openblas_set_num_threads{end}" for start in ("", "scipy_") for end in ("", "64_", "_64")]
# A part of the library's name, the functions that set its number of threads, and where a new process finds that.
_LIBRARIES = (
    ("openblas", _OPENBLAS, ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS")),
    ("mkl_rt", ["MKL_Set_Num_Threads"], ("MKL_NUM_THREADS", "OMP_NUM_THREADS")),
    ("omp", ["omp_set_num_threads"], ("OMP_NUM_THREADS",)),
)
_MODULES = {"torch": "OMP_NUM_THREADS", "numexpr": "NUMEXPR_NUM_THREADS"}


def _pools() -> Iterator[_Pool]:
    """Find the pools of the libraries that are loaded."""
    for path in _loaded_libraries():
        library = ctypes.CDLL(path)
        name = os.path.basename(path)
        for part, functions, variables in _LIBRARIES:
            if part in name:
                for function in functions:
                    if hasattr(library, function):
                        most = _MANY if part == "omp" else _cpu_count()
                        yield _Pool(getattr(library, function), variables, most)
    for module, variable in _MODULES.items():
        resize = getattr(sys.modules.get(module), "set_num_threads", None)
        if resize:
            yield _Pool(resize, (variable,), _MANY)


def _loaded_libraries() -> list[str]:
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
            paths = {line.rstrip("\n").split(maxsplit=5)[5] for line in file if "/" in line}
    except OSError:
        return []
    return sorted(path for path in paths if ".so" in os.path.basename(path))


def _cpu_count() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _take_output() -> list[tuple[int, bytes]]:
    """Return what was printed during the imports; each trial prints it too."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):  # whatever a module has put there
            stream.flush()
    ctypes.CDLL(None).fflush(None)
    return [(number, os.pread(number, os.fstat(number).st_size, 0)) for number in (1, 2)]


def _renew_modules() -> None:
    """Tell modules of Python that they are in another process; the rest of them ask."""
    if "threading" in sys.modules:
        _module("threading").main_thread()._set_native_id()
    if "multiprocessing.process" in sys.modules:
        _module("multiprocessing.process").ORIGINAL_DIR = os.getcwd()


def _module(name: str) -> Any:
    """Return a module as it is, of which a type checker knows only the public half."""
    return importlib.import_module(name)


def _compile(file: str) -> types.CodeType:
    with open(file, "rb") as source:
        return compile(source.read(), file, "exec", dont_inherit=True)


def _start_python(argv: list[str], environment: Mapping[str, str], mask: set[signal.Signals]) -> None:
    """Become a new Python, as a trial that is not forked."""
    _set_default_signals(*_DEFAULTS)
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    os.execve(argv[0], argv, environment)  # noqa: S606


def _run_next(file: str, code: types.CodeType, number: int) -> None:
    """Have Python run a script's code where it is about to run the file with a number.

    Python takes the file for compiled code. What it would tell the script of that file is told of the script instead:
    the loader is the last thing that it makes before the script runs.
    """
    loaders = _module("_frozen_importlib_external")
    usual = loaders.SourcelessFileLoader

    def make_loader(name: str, _: str) -> Any:
        loaders.SourcelessFileLoader = usual
        os.close(number)
        if not getattr(sys.flags, "safe_path", False):
            sys.path[0] = os.path.dirname(os.path.realpath(file))
        return loaders.SourceFileLoader(name, file)

    loaders.SourcelessFileLoader = make_loader
    main: Any = sys.modules["__main__"]
    main.__file__, main.__cached__ = file, None
    compiled = _memory_file()
    os.write(compiled, loaders.MAGIC_NUMBER + bytes(12) + _module("marshal").dumps(code))
    os.dup2(compiled, number)
    os.close(compiled)


def _memory_file() -> int:
    if hasattr(os, "memfd_create"):
        return os.memfd_create("script")
    import tempfile

    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


if __name__ == "__main__":
    sys.exit(serve(socket.socket(fileno=int(sys.argv[1]))))
elif __name__ == "sitecustomize":
    _run_warm()
