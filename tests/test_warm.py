"""Warm starts: trials that are forked from one Python with the script's imports, and look as if they were not."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass

import psutil
import pytest

import grid_jupyter
from grid_jupyter.clusters.local.session import LocalSession
from grid_jupyter.clusters.local.slots import Share
from grid_jupyter.core.cluster import Job
from grid_jupyter.core.command import parse_command
from grid_jupyter.core.home import RunFolder
from grid_jupyter.core.interpreter import terminal_interpreter
from grid_jupyter.core.launching import launch
from grid_jupyter.core.plan import Surroundings
from grid_jupyter.core.project import find_project
from grid_jupyter.core.snapshot import freeze
from grid_jupyter.core.submission import plan_command
from grid_jupyter.core.walk import survey
from grid_jupyter.core.words import Word

pytestmark = pytest.mark.full  # minutes, all together

PACKAGE = """\
import os, sys, warnings
with open(os.environ["COUNT"], "a") as file:
    file.write("x")
print("imported")
print("imported", file=sys.stderr)
warnings.warn("old", stacklevel=2)
"""


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An installed package, ``heavy``; the file tells how often it was imported."""
    installed = tmp_path / "lib" / "heavy"
    installed.mkdir(parents=True)
    (installed / "__init__.py").write_text(PACKAGE)
    (installed / "part.py").write_text("")
    count = tmp_path / "count"
    monkeypatch.setenv("PYTHONPATH", str(installed.parent))
    monkeypatch.setenv("COUNT", str(count))
    return count


# What a trial sees


@dataclass(frozen=True)
class Outcome:
    """What one can tell of a trial from outside, without names that are never the same."""

    exit_code: int | None
    out: list[str]
    err: list[str]


class Runner:
    """Runs a script of the project as a trial, without a watcher."""

    def __init__(self, project, home):
        self._project = project
        self._home = home
        self._runs = 0
        self.notes = ()

    def __call__(self, script, *arguments, warm, environment=None):
        self._runs += 1
        folder = RunFolder(self._home / "runs" / f"run-{self._runs}")
        (folder.path / "trials").mkdir(parents=True)
        snapshot = freeze(survey(find_project(self._project)), self._home / "objects")
        session = LocalSession(folder, snapshot, Share(), None, warm=warm)
        argv = [str(terminal_interpreter()), script, *arguments]
        job = Job(0, 1, argv, environment or {}, ".", str(self._project), (), {})
        try:
            while session.start(job) is None:
                session.poll(0.01)
            while not session.poll(1):
                pass
            ended = session.collect(0)
        finally:
            session.close()
        self.notes = session.notes
        trial = folder.trial(0)
        files = (trial.stdout(1), trial.stderr(1))
        texts = [_plain(file.read_bytes().decode("utf-8", "replace"), trial.work).split("\n") for file in files]
        return Outcome(ended.exit_code, *texts)


def _plain(text, work):
    text = text.replace(str(work.parent), "TRIAL")
    return re.sub(r"0x[0-9a-f]+", "0x", text)


@pytest.fixture
def run_script(home, project, package):
    return Runner(project, home)


WITNESS = """\
    import heavy, os, sys, pickle, signal, threading, gc, faulthandler
    main = sys.modules["__main__"]
    print([n for n in vars(main) if n != "__warningregistry__"], main is sys.modules[__name__])
    print(__name__, __file__, __spec__, __loader__, __loader__.path, __package__, __doc__, __builtins__, __cached__)
    print(sys.argv, sys.orig_argv, sys.path, sys.flags, sys.executable, sys.prefix, sys.meta_path, sys.path_hooks)
    print(os.getcwd(), os.umask(0o22), os.getpgrp() == os.getpid(), os.getppid() > 1)
    print(sorted((k, v) for k, v in os.environ.items() if k != "GRID_METRICS_FILE"))
    import ctypes
    getenv = ctypes.CDLL(None).getenv
    getenv.restype = ctypes.c_char_p
    print([getenv(name) for name in (b"OMP_NUM_THREADS", b"PYTHONPATH", b"GRID_CHECKPOINT_DIR")])
    print({n: signal.getsignal(n) for n in signal.valid_signals()}, signal.pthread_sigmask(signal.SIG_BLOCK, []))
    print([os.readlink(f"/proc/self/fd/{n}") for n in range(3)], sorted(os.listdir("/proc/self/fd"), key=int))
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        print(stream, stream.line_buffering, stream.write_through, stream.errors, stream.isatty(), stream.newlines)
        print(stream.fileno(), stream.mode, stream.buffer, stream.seekable(), getattr(stream.buffer, "mode", None))
    print(threading.main_thread() is threading.current_thread(), threading.main_thread().native_id == os.getpid())
    print(threading.enumerate() == [threading.main_thread()], gc.isenabled(), gc.get_threshold())
    print(faulthandler.is_enabled(), sys.getrecursionlimit(), signal.getitimer(signal.ITIMER_REAL), sys.warnoptions)
    frame, depth = sys._getframe(), 0
    while frame:
        frame, depth = frame.f_back, depth + 1
    print(depth, sys.gettrace(), sys.getprofile(), sys.excepthook, sys.displayhook)
"""

NO_PYTHON = ("import heavy\nprint(1\n", b"import heavy\nx = '\xff'\n")

SCRIPTS = {
    "all that it can look at": WITNESS,
    "an exception": "import heavy\ndef f():\n    g()\ndef g():\n    1 / 0\nf()\n",
    "an exception with a cause": "import heavy\ntry:\n    {}[1]\nexcept KeyError as e:\n    raise OSError from e\n",
    "an exception in an import": "import heavy\nimport broken\n",
    "an exception with notes": "import heavy\nclass Odd(Exception):\n    __module__ = 'x'\nraise Odd('größe\\n2')\n",
    "a stack": "import heavy, traceback, sys\ntraceback.print_stack()\nimport inspect\nprint(len(inspect.stack()))\n",
    "a warning of a caller far above": "import heavy, warnings\nwarnings.warn('far', stacklevel=5)\n",
    "a warning of its own": "import heavy, warnings\nwarnings.warn('near', DeprecationWarning)\n",
    "a stack of faulthandler": "import heavy, faulthandler\nfaulthandler.dump_traceback()\n",
    "a depth": (
        "import heavy\ndef f(n):\n    try:\n        return f(n + 1)\n    except RecursionError:\n        return n\n"
        "print(f(0))\n"
    ),
    "sys.exit with a number": "import heavy, sys\nsys.exit(7)\n",
    "sys.exit with a text": "import heavy, sys\nsys.exit('good bye')\n",
    "sys.exit with nothing": "import heavy, sys\nprint(1)\nsys.exit()\n",
    "os._exit": "import heavy, os\nprint('lost')\nos._exit(5)\n",
    "SIGTERM": "import heavy, os, signal\nprint('lost')\nos.kill(os.getpid(), signal.SIGTERM)\n",
    "SIGKILL": "import heavy, os, signal\nos.kill(os.getpid(), signal.SIGKILL)\n",
    "SIGINT": "import heavy, os, signal\nprint('kept')\nos.kill(os.getpid(), signal.SIGINT)\nsignal.pause()\n",
    "SIGHUP": "import heavy, os, signal\nos.kill(os.getpid(), signal.SIGHUP)\n",
    "a handler": "import heavy, os, signal\nsignal.signal(15, lambda *_: print('saved'))\nos.kill(os.getpid(), 15)\n",
    "a crash": "import heavy, faulthandler, ctypes\nfaulthandler.enable()\nctypes.string_at(0)\n",
    "a pipe that is closed": "import heavy, os\nr, w = os.pipe()\nos.close(r)\nos.write(w, b'x')\n",
    "atexit": "import heavy, atexit, sys\natexit.register(print, 'last')\nprint('first')\nsys.exit(3)\n",
    "a thread that outlives the script": (
        "import heavy, threading\nt = threading.Timer(0.05, print, ['late'])\nt.start()\nprint('early')\n"
    ),
    "a pool of threads": (
        "import heavy\nfrom concurrent.futures import ThreadPoolExecutor as P\nprint(list(P(2).map(abs, [-1])))\n"
    ),
    "output from C": "import heavy, ctypes\nc = ctypes.CDLL(None)\nc.puts(b'c')\nprint('python')\n",
    "output of a child": "import heavy, os\nprint('mine', flush=True)\nos.system('echo child; echo e >&2; cat')\n",
    "a child that is Python": (
        "import heavy, subprocess, sys\nprint(subprocess.check_output([sys.executable, '-c', 'import sys; "
        "print(sys.path, sys.argv, \"sitecustomize\" in sys.modules)']))\n"
    ),
    "a class that is pickled": (
        "import heavy, pickle\nclass A: pass\na = pickle.dumps(A())\nprint(a, type(pickle.loads(a)) is A)\n"
    ),
    "processes that are forked": (
        "import heavy, multiprocessing as m\nclass A:\n    def __call__(self, x): return x, __name__\n"
        "if __name__ == '__main__':\n    with m.get_context('fork').Pool(1) as p: print(p.map(A(), [1]))\n"
    ),
    "processes that are spawned": (
        "import heavy, os, multiprocessing as m\nclass A:\n    def __call__(self, x): return x, __name__, os.getcwd()\n"
        "if __name__ == '__main__':\n    with m.get_context('spawn').Pool(1) as p: print(p.map(A(), [1]))\n"
    ),
    "no Python": NO_PYTHON[0],
    "no text": NO_PYTHON[1],
    "no Python to the compiler": "import heavy\nreturn\n",
    "another encoding": b"# coding: latin-1\nimport heavy\nprint('\xe9')\n",
    "a bad escape": "import heavy\nprint('\\d')\n",
    "its own source": "import heavy, inspect as i\ndef f(): pass\nprint(i.getsource(f), i.getsourcefile(f))\n",
    "annotations": "from __future__ import annotations\nimport heavy\nx: Odd = 1\nprint(__annotations__)\n",
    "the old annotations": "import heavy\nx: int = 1\nprint(__annotations__, compile('x', '', 'exec').co_flags)\n",
    "main again": "import heavy, sys\nx = 1\nif __name__ == '__main__':\n    import __main__\n    print(__main__.x)\n",
    "what failed to import": "import heavy\nimport not_there\n",
    "a module of the project": "import heavy, mine\nfrom heavy import part\nprint(mine.__file__, mine.WHO, part)\n",
    "the rest of the output": "import heavy, sys\nsys.stdout.write('start')\nprint(sys.stdout.tell(), sys.stdin)\n",
}  # fmt: skip


@pytest.mark.parametrize("source", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_a_trial_is_the_same(run_script, write, source):
    source = source if isinstance(source, bytes) else textwrap.dedent(source)
    write({"script.py": source, "mine.py": "import os\nWHO = os.getppid() > 1\n", "broken.py": "1 / 0\n"})
    cold = run_script("script.py", "--a", "b c", warm=False)
    assert run_script("script.py", "--a", "b c", warm=True) == cold
    assert bool(run_script.notes) == (source in NO_PYTHON)


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONUNBUFFERED": "1"},
        {"PYTHONIOENCODING": "latin-1:replace"},
        {"PYTHONUTF8": "0", "LC_ALL": "C"},
        {"PYTHONOPTIMIZE": "2"},
        {"PYTHONWARNINGS": "error"},
        {"PYTHONSAFEPATH": "1"},
        {"PYTHONFAULTHANDLER": "1"},
        {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "3"},
        {"PYTHONPATH": ""},
        {"PYTHONPATH": "here:../up:LIB:PROJECT/own"},
    ],
    ids=str,
)
def test_a_trial_in_another_environment_is_the_same(run_script, write, project, tmp_path, environment):
    write({"script.py": textwrap.dedent(WITNESS) + "print(hash('x') if 'PYTHONHASHSEED' in os.environ else 0)\n"})
    write({"own/mine.py": "", "here/yours.py": ""})
    if path := environment.get("PYTHONPATH"):
        environment = {"PYTHONPATH": path.replace("LIB", str(tmp_path / "lib")).replace("PROJECT", str(project))}
    if environment.get("PYTHONPATH") == "":
        write({"script.py": textwrap.dedent(WITNESS).replace("import heavy,", "import yaml,")})
    cold = run_script("script.py", warm=False, environment=environment)
    assert run_script("script.py", warm=True, environment=environment) == cold
    assert bool(run_script.notes) == ("PYTHONWARNINGS" in environment)


def test_a_script_elsewhere_is_the_same(run_script, write, project):
    write({"sub/script.py": textwrap.dedent(WITNESS), "sub/mine.py": ""})
    (project / "link.py").symlink_to("sub/script.py")
    for script in ("sub/script.py", "./sub/../sub/script.py", "link.py"):
        assert run_script(script, warm=True) == run_script(script, warm=False)


# What is imported, and once

SEEN = """\
import heavy, os, random, sys
import mine
print(mine.PID == os.getpid(), random.random())
"""


def test_packages_are_imported_once_and_modules_of_the_project_in_each_trial(grid, write, package):
    write({"seen.py": SEEN, "mine.py": "import os\nPID = os.getpid()\n"})
    run = grid.finish("--warm", "--parallel", "2", "seen.py", "[1, 2, 3, 4]")
    assert grid.states(run) == ["succeeded"] * 4
    lines = [grid_jupyter.Run(run)[index].log().splitlines()[1].split() for index in range(4)]
    assert [line[0] for line in lines] == ["True"] * 4
    assert len({line[1] for line in lines}) == 4
    assert package.read_text() == "x"
    assert grid_jupyter.Run(run).summary().notes == ()
    assert "warm" not in grid.here("status", run).out
    assert "--warm" in grid_jupyter.Run(run).command


GENERATORS = """\
import random
drawn, own = random.Random(), random.Random(7)
"""

NUMPY_GENERATORS = """\
import numpy as np
drawn, own = np.random.default_rng(), np.random.default_rng(7)
old_drawn, old_own = np.random.RandomState(), np.random.RandomState(7)
sequence = np.random.SeedSequence(7 << 120)
long = np.random.Generator(np.random.Philox(sequence))
child = np.random.default_rng(np.random.SeedSequence().spawn(1)[0])
"""

DRAW = """\
import generators as g, numpy_generators as n
import random
import numpy as np
different = [random.random(), np.random.rand(), g.drawn.random(), n.drawn.random(), n.old_drawn.rand(),
             n.child.random(), n.drawn.spawn(1)[0].random(), np.random.default_rng().random()]
same = [g.own.random(), n.own.random(), n.old_own.rand(), n.long.random()]
print(*different, "|", *same)
"""


def numbers(run, count):
    for index in range(count):
        different, same = grid_jupyter.Run(run)[index].log().split("|")
        yield different.split(), same.split()


def test_what_is_not_seeded_differs_between_trials(grid, write, package):
    lib = package.parent / "lib"
    (lib / "generators.py").write_text(GENERATORS)
    (lib / "numpy_generators.py").write_text(NUMPY_GENERATORS)
    write({"draw.py": DRAW})
    warm, cold = grid.finish("--warm", "draw.py", "[1, 2, 3]"), grid.finish("draw.py", "1")
    assert grid_jupyter.Run(warm).summary().notes == ()
    different, same = zip(*numbers(warm, 3), strict=True)
    assert [len(set(values)) for values in zip(*different, strict=True)] == [3] * 8
    assert {tuple(values) for values in same} == {tuple(next(numbers(cold, 1))[1])}


def test_what_is_seeded_by_a_package_is_the_same_in_all_trials(grid, write, package):
    (package.parent / "lib" / "seeds.py").write_text(
        "import random\nimport numpy\nrandom.seed(3)\nnumpy.random.seed(3)\nrandom.random()\n"
    )
    write({"draw.py": "import seeds, random\nimport numpy\nprint('|', random.random(), numpy.random.rand())\n"})
    warm, cold = grid.finish("--warm", "draw.py", "[1, 2]"), grid.finish("draw.py", "1")
    assert grid_jupyter.Run(warm).summary().notes == ()
    assert {tuple(same) for _, same in numbers(warm, 2)} == {tuple(same) for _, same in numbers(cold, 1)}


def test_pools_of_threads_have_the_cpus_of_the_trial(grid, write, package):
    write(
        {
            "pools.py": "import numpy\nimport threadpoolctl, heavy, os\n"
            "pools = {p['internal_api']: p['num_threads'] for p in threadpoolctl.threadpool_info()}\n"
            "print('pools', pools['openblas'], os.environ['OMP_NUM_THREADS'], os.environ['OPENBLAS_NUM_THREADS'])\n"
        }
    )
    run = grid.finish("--warm", "--cpus", "2", "pools.py")
    assert grid_jupyter.Run(run)[0].log().splitlines()[-1] == "pools 2 2 2"
    assert grid_jupyter.Run(run).summary().notes == ()


def test_torch_gets_its_threads(grid, write, package):
    (package.parent / "lib" / "torch.py").write_text(
        "import os\nthreads = [os.environ['OMP_NUM_THREADS']]\nset_num_threads = threads.append\n"
    )
    write({"train.py": "import torch\nprint(torch.threads)\n"})
    assert grid_jupyter.Run(grid.finish("--warm", "--cpus", "2", "train.py"))[0].log() == "['1', 2]"


# Where it does not apply


def refused(grid, *words):
    """Run with --warm and return the reason why the trials, which succeed, were not warm."""
    run = grid.finish("--warm", *words)
    assert set(grid.states(run)) == {"succeeded"}
    (note,) = grid_jupyter.Run(run).summary().notes
    assert note in grid.here("status", run).out
    assert grid.here("status", run, "--format", "json").json["notes"] == [note]
    start, _, reason = note.partition("--warm: not used: ")
    assert start == ""
    return reason


UNFIT = {
    "a thread": ("from threading import *\nThread(target=Event().wait, daemon=True).start()\n", "starts a thread"),
    "CUDA": ("class cuda:\n    is_initialized = staticmethod(lambda: True)\n", "takes hold of a GPU"),
    "a crash": ("import os\nos.getenv('GRID_RUN_NAME') or os.abort()\n", "ended the process that it was done in"),
    "an exit": ("import os\nos.getenv('GRID_RUN_NAME') or os._exit(0)\n", "ended the process that it was done in"),
    "an error": ("import os\nos.environ['GRID_RUN_NAME']\n", "fails: KeyError: 'GRID_RUN_NAME'"),
    "a module of the project": ("import mine\n", "imports mine, which is a module of the project as well"),
}  # fmt: skip


@pytest.mark.parametrize("case", UNFIT)
def test_what_cannot_be_forked_runs_cold(grid, write, package, case):
    source, reason = UNFIT[case]
    (package.parent / "lib" / "torch.py").write_text(source)
    write({"script.py": "import heavy\nimport torch\n", "mine.py": "import os\nassert 'GRID_RUN_NAME' in os.environ\n"})
    assert refused(grid, "script.py", "[1, 2]") == f"import torch {reason}"
    assert package.read_text() == ("xxxx" if "ended" in reason else "xxx")


def test_a_module_named_as_one_of_pythons_runs_cold(grid, write, package):
    write({"script.py": "import heavy, socket\nsocket.MINE\n", "socket.py": "MINE = 1\n"})
    assert refused(grid, "script.py") == "socket is a module of the project as well as one of Python's own"


PLANNED = {
    "only.py": ("import os, json\n", "only.py imports no installed package at its top"),
    "inside.py": ("def f():\n    import heavy\n", "inside.py imports no installed package at its top"),
    "later.py": (
        "import os\nos.environ['X'] = '1'\nimport heavy\n",
        "later.py, line 2, changes the environment or sys.path before packages are imported",
    ),
    "job.sh": ("exit 0\n", "job.sh is not a Python script"),
}


@pytest.mark.parametrize("script", PLANNED)
def test_what_the_source_tells_is_a_warning_of_the_plan(grid, write, package, script):
    source, reason = PLANNED[script]
    write({script: source})
    plan = grid.here("run", "--dry_run", "--format", "json", "--warm", script).json
    assert plan["warnings"] == [f"--warm: not used: {reason}"]
    assert refused(grid, script) == reason


def test_a_python_that_is_too_old_or_none_runs_cold(grid, write, package, tmp_path):
    """A program that is no Python at all stands in for one."""
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\ncase $1 in /dev/fd/*) exit 2;; esac\n")
    python.chmod(0o755)
    write({"script.py": "import heavy\n"})
    assert refused(grid, "--python", python, "script.py") == "starting Python ended the process that it was done in"


# Life and death

GATE = """\
import heavy, os, subprocess, sys, time
folder, number = sys.argv[1:3]
child = subprocess.Popen(["sleep", "60"])
with open(f"{folder}/started-{number}", "w") as file:
    file.write(f"{os.getpid()} {os.getppid()} {child.pid}")
while not os.path.exists(folder + "/open"):
    time.sleep(0.01)
"""


@pytest.fixture
def gate(tmp_path, write, package):
    """A folder in which trials of gate.py tell their processes, and wait for the file ``open``."""
    write({"gate.py": GATE})
    folder = tmp_path / "gate"
    folder.mkdir()
    return folder


@pytest.fixture
def started(gate, wait_until):
    """Return a function that waits for a trial and returns its process, its parent and its child."""

    def look(number):
        file = gate / f"started-{number}"
        return [psutil.Process(int(pid)) for pid in wait_until(lambda: file.exists() and file.read_text()).split()]

    return look


def is_gone(process):
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def fork_server(processes, home):
    (server,) = [one for one in processes(home) if any(word.startswith("/dev/fd/") for word in one.cmdline()) and
                 one.parent() and "grid_jupyter.watcher" in one.parent().cmdline()]  # fmt: skip
    return server


def test_trials_outlive_the_fork_server(grid, home, gate, started, processes, wait_until):
    run = grid.launch("--warm", "--parallel", "1", "gate.py", gate, "[1, 2]")
    started(1)
    fork_server(processes, home).kill()
    (gate / "open").touch()
    grid.here("wait", run)
    assert grid.states(run) == ["succeeded"] * 2
    assert [row["attempts"] for row in grid.results(run)] == [1, 1]


def test_a_new_slot_gets_a_new_fork_server(grid, home, gate, started, processes, package):
    run = grid.launch("--warm", "gate.py", gate, "1")
    _, parent, _ = started(1)
    (gate / "started-1").unlink()
    fork_server(processes, home).kill()
    parent.kill()
    started(1)
    (gate / "open").touch()
    grid.here("wait", run)
    assert grid.states(run) == ["succeeded"]
    assert grid.results(run)[0]["attempts"] == 2
    assert grid_jupyter.Run(run).summary().notes == ()
    assert package.read_text() == "xx"


def test_a_stop_ends_all_that_a_warm_trial_started(grid, gate, started, wait_until):
    run = grid.launch("--warm", "gate.py", gate, "1")
    mine = started(1)
    grid.here("stop", run)
    wait_until(lambda: grid.states(run) == ["stopped"])
    wait_until(lambda: all(map(is_gone, mine)), timeout=5)


def test_a_run_can_be_stopped_while_it_imports(grid, write, package, tmp_path, wait_until):
    (package.parent / "lib" / "slow.py").write_text(
        f"import time\nopen({str(tmp_path / 'slow')!r}, 'w')\ntime.sleep(60)\n"
    )
    write({"script.py": "import slow\n"})
    run = grid.launch("--warm", "script.py", "[1, 2]")
    wait_until((tmp_path / "slow").exists)
    grid.here("stop", run)
    grid.here("wait", run)
    assert grid.states(run) == ["stopped"] * 2


def test_nothing_of_ours_lies_in_a_directory_or_is_left_in_the_folder(grid, home, gate, started, processes):
    run = grid.launch("--warm", "gate.py", gate, "1")
    _, parent, _ = started(1)
    for process in (parent, fork_server(processes, home)):
        assert process.cwd() == "/"
    assert not (home / "runs" / run / "warm").exists()
    (gate / "open").touch()
    grid.here("wait", run)
    assert grid.here("artifacts", run, "--format", "json").json == []


def test_a_cell_is_warm_too(home, project, package):
    around = Surroundings(project, terminal_interpreter())
    command = parse_command([Word(word) for word in ("run", "--warm", "--", "--lr", "[1.0, 2.0]")], cell="")
    cell = "import heavy\nlr = 0.1\nprint(lr)\n"
    run = launch(plan_command(command, around, cell), around)
    run.wait(timeout=30)
    assert [run[index].log().splitlines()[:2] for index in (0, 1)] == [["imported", "1.0"], ["imported", "2.0"]]
    assert package.read_text() == "x"
