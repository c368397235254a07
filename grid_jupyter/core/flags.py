"""The one table of flags and verbs.

The parser, the help, the documentation's reference, and whatever offers flags to a user are made from it:
a flag is added here and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from .cluster_packages import DEFAULT, our_types

STRATEGIES = ("grid_search", "random_search", "none", "bayesian")
FRAMEWORKS = ("lightning", "torch", "pytorch", "tensorflow", "julia", "torchelastic")
JULIA_VERSIONS = (
    "julia:1.6.1",
    "julia:1.6.2",
    "julia:1.6.3",
    "julia:1.6.4",
    "julia:1.6.5",
    "julia:1.7.0",
    "julia:1.7.1",
)
PLOT_KINDS = ("curves", "parallel", "importance")
ALONG = ("step", "time")
SORTS = ("price", "spot", "gpus", "gpu_memory", "cpus", "memory", "name")


class Kind(Enum):
    """How a flag's text is read."""

    SWITCH = "switch"
    TEXT = "text"
    COUNT = "whole number, 1 or more"
    WHOLE = "whole number, 0 or more"
    NUMBER = "number above 0"
    CHOICE = "one of a list"
    NAME = "run name"
    MEMORY = "memory with a unit, such as 10G"
    DURATION = "duration, such as 30m or 2h"
    BUDGET = "dollars, or a duration of machine time"
    DATASTORE = "NAME or USER:NAME"


class Group(Enum):
    """The headings under which flags are shown."""

    SEARCH = "Search"
    MACHINE = "Runs on"
    LIMITS = "Limits"
    CODE = "Code and data"
    RUN = "The run"
    OUTPUT = "Asking and showing"


_SECTIONS = {
    Group.SEARCH: "hyper_params.settings",
    Group.MACHINE: "compute.train",
    Group.LIMITS: "limits",
    Group.CODE: "compute.train",
}
_KEYS = {
    "cluster": "compute.provider.cluster",
    "credential": "compute.provider.credentials",
    "instance_type": "compute.train.instance",
    "scratch_size": "compute.train.scratch.size_gb",
    "scratch_mount_path": "compute.train.scratch.mount_path",
    "dependency_file": "compute.train.dependency_file_info.path",
    "auto_resume": "compute.train.auto_resume",
    "no_auto_resume": "compute.train.auto_resume",
    "description": "description",
    "mlflow": "mlflow",
}


@dataclass(frozen=True)
class Flag:
    """One flag of Grid's own.

    Attributes:
        name: As typed, with its dashes.
        kind: How its text is read.
        group: The heading it stands under.
        help: One line, without a full stop.
        metavar: What stands for the value in the help; empty for a switch.
        default: What holds when it is absent, as told in the help; empty where absence means nothing.
        choices: The texts a ``CHOICE`` takes, in any case.
        aliases: Other spellings that are accepted.
        limit: The longest text, in characters; 0 for no limit.
        minimum: The smallest whole number, where it is above the kind's own.
        repeats: Whether it may be given more than once.
        hidden: Whether the help leaves it out.
        refused: A sentence that tells what to do instead, for a flag that is known and never taken.
    """

    name: str
    kind: Kind
    group: Group
    help: str
    metavar: str = ""
    default: str = ""
    choices: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    limit: int = 0
    minimum: int = 0
    repeats: bool = False
    hidden: bool = False
    refused: str = ""

    @property
    def dest(self) -> str:
        """The name of the field that holds it: ``--max_time`` is ``max_time``."""
        return self.name.lstrip("-")

    @property
    def key(self) -> str:
        """Where it stands in a configuration file: ``limits.max_time``; empty for what no file holds."""
        section = _SECTIONS.get(self.group)
        return _KEYS.get(self.dest) or (f"{section}.{self.dest}" if section else "")


def _switch(name: str, group: Group, text: str, **more: object) -> Flag:
    return Flag(name, Kind.SWITCH, group, text, **more)  # type: ignore[arg-type]


_S, _M, _L, _C, _R, _O = Group.SEARCH, Group.MACHINE, Group.LIMITS, Group.CODE, Group.RUN, Group.OUTPUT
_ONE_MACHINE = "a trial runs on one machine; leave it out and choose a larger --instance_type"

FORMAT = Flag("--format", Kind.CHOICE, _O, "Show text, or JSON for programs", "text|json", "text", ("text", "json"))
YES = _switch("--yes", _O, "Answer every question with yes")
PARALLEL = Flag("--parallel", Kind.COUNT, _L, "Trials at once", "N", "as many as fit")
RETRIES = Flag("--retries", Kind.WHOLE, _L, "Times that a failed trial is tried again", "N", "0")
MAX_TIME = Flag("--max_time", Kind.DURATION, _L, "Stop a trial that runs longer", "2h")
MAX_TRIALS = Flag(
    "--max_trials", Kind.COUNT, _L, "Ask before launching more trials than this", "N", "1000, or your setting"
)
BUDGET = Flag("--budget", Kind.BUDGET, _L, "Dollars, or machine time, of the whole run", "20|2h")

NAME = Flag("--name", Kind.NAME, _R, "The run's name", "NAME", "a made-up one")

RUN_FLAGS: tuple[Flag, ...] = (
    Flag("--strategy", Kind.CHOICE, _S, "How combinations are chosen", "NAME", "grid_search", STRATEGIES),
    Flag("--trials", Kind.COUNT, _S, "How many trials random_search and bayesian take", "N", aliases=("--num_trials",)),
    Flag("--seed", Kind.WHOLE, _S, "Fixes drawn values and picks", "N", "drawn, shown and stored"),
    Flag("--zip", Kind.TEXT, _S, "Walk these arguments side by side", "A,B", repeats=True),
    Flag("--where", Kind.TEXT, _S, "Keep the combinations for which this holds", '"lr < 0.1"', limit=2000),
    Flag("--metric", Kind.TEXT, _S, "The metric that tells which trial is best", "NAME"),
    Flag(
        "--mode",
        Kind.CHOICE,
        _S,
        "Whether the lowest or highest metric is best",
        "min|max",
        choices=("min", "max"),
    ),
    Flag(
        "--early_stop",
        Kind.CHOICE,
        _S,
        "Stop bad trials early",
        "RULE",
        choices=("asha", "median"),
    ),
    _switch("--keep_dashes", _S, "Leave --data-dir as it is"),
    Flag(
        "--cluster",
        Kind.TEXT,
        _M,
        f"Where trials run: {', '.join(our_types())}, or a name of yours",
        "NAME",
        f"{DEFAULT}, or your setting",
    ),
    Flag("--instance_type", Kind.TEXT, _M, "A machine, such as 4_l4_24gb, or what nodes of a cluster have", "NAME"),
    Flag("--gpus", Kind.NUMBER, _M, "GPUs for each trial", "N", "all of a rented machine, else none"),
    Flag("--cpus", Kind.COUNT, _M, "CPUs for each trial", "N", "a rented machine's share, else 1"),
    Flag("--memory", Kind.MEMORY, _M, "Memory for each trial, with its unit", "10G"),
    _switch("--use_spot", _M, "Take interruptible machines, which cost less"),
    Flag("--disk_size", Kind.COUNT, _M, "Disk of each machine, in GB", "N", "200", minimum=100),
    Flag("--scratch_size", Kind.COUNT, _M, "An extra disk, in GB", "N"),
    Flag(
        "--scratch_mount_path",
        Kind.TEXT,
        _M,
        "Where the extra disk is mounted",
        "PATH",
        "/tmp/scratch",  # noqa: S108  (a mount point of the cluster's machines)
        aliases=("--scratch__mount__path",),
    ),
    Flag("--credential", Kind.TEXT, _M, "Which AWS credential to use", "NAME"),
    Flag(
        "--framework",
        Kind.CHOICE,
        _M,
        "Which container to take",
        "NAME",
        "lightning",
        FRAMEWORKS + JULIA_VERSIONS,
    ),
    Flag("--image", Kind.TEXT, _M, "A container image of your own", "IMAGE"),
    PARALLEL,
    RETRIES,
    MAX_TIME,
    MAX_TRIALS,
    BUDGET,
    _switch("--smoke", _L, "Run one trial first and the rest when it succeeds"),
    _switch("--auto_resume", _L, "Queue an interrupted trial again (always so)"),
    _switch("--no_auto_resume", _L, "Let an interrupted trial fail"),
    Flag(
        "--python",
        Kind.TEXT,
        _C,
        "The interpreter, or a Jupyter kernel's name",
        "PATH|KERNEL",
        "the one in use",
    ),
    Flag("--link", Kind.TEXT, _C, "Share this path with all trials instead of copying it", "PATH", repeats=True),
    Flag("--no_link", Kind.TEXT, _C, "Do not share this path", "PATH", repeats=True),
    _switch("--localdir", _C, "Take the code from this folder (always so)", aliases=("-l",)),
    Flag("--dependency_file", Kind.TEXT, _C, "requirements.txt or environment.yml for trials elsewhere", "FILE"),
    Flag("--datastore_name", Kind.DATASTORE, _C, "A datastore to mount", "NAME"),
    Flag("--datastore_version", Kind.COUNT, _C, "Its version", "N", "the newest"),
    Flag(
        "--datastore_mount_dir",
        Kind.TEXT,
        _C,
        "Where to mount it",
        "PATH",
        "datastores/NAME here, /datastores/NAME in a cloud",
    ),
    _switch("--warm", _C, "Import the script's packages once for all trials"),
    Flag("--config", Kind.TEXT, _R, "A YAML file with flags and parameters", "FILE"),
    Flag("--save_config", Kind.TEXT, _R, "Write the equivalent YAML file", "FILE"),
    NAME,
    Flag("--description", Kind.TEXT, _R, "What the run is for", "TEXT", limit=200),
    Flag(
        "--mlflow", Kind.TEXT, _R, "Write the run to this MLflow server as it goes; off for none", "URI", "your setting"
    ),
    _switch("--dry_run", _O, "Show the plan and launch nothing"),
    _switch("--wait", _O, "Follow the run to its end"),
    FORMAT,
    YES,
    _switch("--ignore_warnings", _O, "Skip questions and warnings, never errors"),
    Flag(
        "--dockerfile",
        Kind.TEXT,
        _M,
        "",
        "FILE",
        aliases=("-d",),
        hidden=True,
        refused="images are not built here; push one and name it with --image",
    ),
    Flag("--nodes", Kind.TEXT, _M, "", "N", hidden=True, refused=_ONE_MACHINE),
    Flag("--max_nodes", Kind.TEXT, _M, "", "N", hidden=True, refused=_ONE_MACHINE),
    _switch("--distributed", _M, "", hidden=True, refused=_ONE_MACHINE),
)


@dataclass(frozen=True)
class Verb:
    """One verb of the command.

    Attributes:
        name: As typed.
        help: One line, without a full stop.
        operands: What follows the flags, as the help shows it.
        fewest: The least number of operands.
        most: The largest number of operands.
        flags: The flags it takes.
        alias_of: The verb that it stands for, if it is another spelling.
        verbs: Those of two words that begin with it, each under its whole name; it does nothing by itself then.
    """

    name: str
    help: str
    operands: str
    fewest: int
    most: int
    flags: tuple[Flag, ...]
    alias_of: str = ""
    verbs: tuple[Verb, ...] = ()

    def second(self, word: str) -> Verb | None:
        """Return the verb of two words that goes on so."""
        return next((verb for verb in self.verbs if verb.name == f"{self.name} {word}"), None)


def family(name: str, text: str, *verbs: Verb) -> Verb:
    """Return the first word of verbs of two words."""
    return Verb(name, text, "VERB", 0, 0, (), verbs=verbs)


_MANY = 1000
_TAIL = Flag("--tail", Kind.COUNT, _O, "Only the last N lines", "N")
_FOLLOW = _switch("--follow", _O, "Show new lines as they come, until the trial ends")
_GROUP_BY = Flag("--group_by", Kind.TEXT, _S, "One for all trials with the same values of these", "NAME[,NAME]")
_OVER = Flag("--over", Kind.TEXT, _S, "One for all trials that differ in these alone, such as seed", "NAME[,NAME]")
_METRIC = next(flag for flag in RUN_FLAGS if flag.name == "--metric")
_MODE = next(flag for flag in RUN_FLAGS if flag.name == "--mode")
_CLUSTER = Flag(
    "--cluster", Kind.TEXT, _M, "The cluster whose datastores are meant", "NAME", f"{DEFAULT}, or your setting"
)
_CREDENTIAL = Flag("--credential", Kind.TEXT, _M, "Which AWS credential to use", "NAME")
_LIMIT_FLAGS = (PARALLEL, RETRIES, MAX_TIME, MAX_TRIALS, BUDGET)

VERBS: tuple[Verb, ...] = (
    Verb("run", "Run a script once for each combination of its arguments", "SCRIPT [ARGUMENTS]", 0, _MANY, RUN_FLAGS),
    Verb("train", "Another name for run", "SCRIPT [ARGUMENTS]", 0, _MANY, RUN_FLAGS, alias_of="run"),
    Verb("panel", "Set up a sweep with fields and buttons, in a notebook", "[SCRIPT]", 0, 1, ()),
    Verb("status", "Show the runs that have not ended, or one run", "[RUN]", 0, 1, (FORMAT,)),
    Verb("history", "Show all runs, newest first", "", 0, 0, (FORMAT,)),
    Verb("show", "Show a run, or all that is known of a trial", "RUN[/INDEX]", 1, 1, (FORMAT,)),
    Verb("logs", "Show what a trial printed", "RUN/INDEX", 1, 1, (_FOLLOW, _TAIL, FORMAT)),
    Verb("results", "Show parameters, states and last metrics", "RUN", 1, 1, (
        _GROUP_BY,
        _OVER,
        FORMAT,
        Flag("--csv", Kind.TEXT, _O, "Write them to this CSV file", "FILE"),
        Flag("--json", Kind.TEXT, _O, "Write them to this JSON file", "FILE"),
    )),
    Verb("plot", "Draw curves, parallel coordinates, or which parameters matter", "RUN", 1, 1, (
        Flag("--kind", Kind.CHOICE, _O, "What to draw", "|".join(PLOT_KINDS), "curves", PLOT_KINDS),
        _METRIC, _MODE, _GROUP_BY, _OVER,
        Flag("--trials", Kind.TEXT, _O, "Trials whose curves stand out", "3,7"),
        Flag("--smooth", Kind.NUMBER, _O, "Smooth curves, up to below 1; 0.6 is much", "N", "0, as they were read"),
        Flag("--x", Kind.CHOICE, _O, "What curves go along", "|".join(ALONG), "step", ALONG),
        _switch("--log", _O, "A logarithmic axis for the metric; without it, where values span 100 times"),
        Flag("--save", Kind.TEXT, _O, "Write it to this file: .png, .svg, .html or .json", "FILE"),
        FORMAT,
    )),
    Verb("compare", "Show what differs between trials", "RUN INDEX INDEX ... | RUN/INDEX RUN/INDEX ...", 2, 21, (
        _switch("--all", _O, "Show equal rows too"), FORMAT,
    )),
    Verb("artifacts", "List or copy the files that trials wrote", "RUN[/INDEX]", 1, 1, (
        Flag("--match", Kind.TEXT, _O, "Only these: '*.pt' in any folder, 'sub/*.pt' from the top", "GLOB"),
        Flag("--download_dir", Kind.TEXT, _O, "Copy them there, a folder for each trial", "DIR"),
        FORMAT,
    )),
    Verb("attach", "Watch over a run that another computer has launched", "RUN", 1, 1, (
        Flag("--cluster", Kind.TEXT, _O, "The cluster that it runs on", "NAME", "your setting, or a cloud"),
        Flag("--credential", Kind.TEXT, _O, "Which AWS credential to use", "NAME"),
        FORMAT,
    )),
    Verb("wait", "Follow a run to its end", "RUN", 1, 1, (FORMAT,)),
    Verb("stop", "Stop a run or a trial; what has ended stays", "RUN[/INDEX]", 1, 1, (FORMAT, YES)),
    Verb("pause", "Hold the trials that wait; running ones go on to their end", "RUN", 1, 1, (FORMAT,)),
    Verb("resume", "Carry on a run that was held or cut off", "RUN", 1, 1, (*_LIMIT_FLAGS, FORMAT)),
    Verb("rerun", "Run trials again from scratch: all, or some of them", "RUN[/INDEX] [INDEX ...]", 1, _MANY, (
        _switch("--failed", _R, "Take the trials that failed"),
        _switch("--missing", _R, "Take the trials that were stopped, cut off or are held"),
        _switch("--from_snapshot", _R, "Make a new run of them, with the code as it was frozen"),
        NAME,
        FORMAT, YES,
    )),
    Verb("preempt", "Rehearse an interruption: time to save, then again with the checkpoint", "RUN/INDEX", 1, 1, (
        FORMAT,
    )),
    Verb("delete", "Delete a run with its logs, metrics and artifacts", "RUN", 1, 1, (FORMAT, YES)),
    Verb("machines", "List cloud machines with their prices", "[NAME]", 0, 1, (
        Flag("--gpus", Kind.WHOLE, _M, "At least so many GPUs; 0 for machines without", "N"),
        Flag("--gpu_memory", Kind.MEMORY, _M, "At least so much memory in each GPU", "24G"),
        Flag("--accelerator", Kind.TEXT, _M, "GPUs of this model", "MODEL"),
        Flag("--cpus", Kind.COUNT, _M, "At least so many CPUs", "N"),
        Flag("--memory", Kind.MEMORY, _M, "At least so much memory", "64G"),
        Flag("--max_price", Kind.NUMBER, _M, "At most so many dollars an hour", "DOLLARS"),
        _switch("--retired", _M, "Retired machines too"),
        Flag("--sort", Kind.CHOICE, _O, "Lowest price first, or most of something", "|".join(SORTS), "price", SORTS),
        _switch("--live", _O, "Ask AWS for today's prices, also of spot machines"),
        Flag("--credential", Kind.TEXT, _O, "Which AWS credential asks", "NAME"),
        FORMAT,
    )),
    family("datastore", "Keep data that runs are given",
        Verb("datastore create", "Keep a folder, a file or an S3 prefix as the next version of a datastore",
            "NAME SOURCE", 2, 2, (_CLUSTER, _CREDENTIAL, FORMAT, YES)),
        Verb("datastore list", "List datastores and their versions", "[NAME]", 0, 1, (_CLUSTER, _CREDENTIAL, FORMAT)),
        Verb("datastore delete", "Delete a datastore, or one version of it", "NAME[:VERSION]", 1, 1, (
            _CLUSTER, _CREDENTIAL, FORMAT, YES,
        )),
    ),
    Verb("credential", "The AWS credentials by their names; or who one is, as AWS says", "[NAME]", 0, 1, (FORMAT,)),
    Verb("config", "Show the settings and where each comes from", "", 0, 0, (FORMAT,)),
    Verb("doctor", "Check that runs can work on a cluster", "[CLUSTER]", 0, 1, (FORMAT,)),
    Verb("gc", "Free the space that no run uses any more", "", 0, 0, (FORMAT,)),
)  # fmt: skip


def first_verbs() -> tuple[Verb, ...]:
    """Return the verbs as they begin: of two words the first. Those that clusters bring come last."""
    from .cluster_verbs import cluster_verbs

    return (*VERBS, *cluster_verbs())


def whole_verbs() -> tuple[Verb, ...]:
    """Return all verbs, those of two words by their whole names."""
    return tuple(whole for first in first_verbs() for whole in first.verbs or (first,))


def find_verb(name: str) -> Verb | None:
    """Return the verb that begins so; an alias gives the verb it stands for."""
    verb = next((verb for verb in VERBS if verb.name == name), None)
    if verb is None:
        from .cluster_verbs import find_cluster_verb

        return find_cluster_verb(name)
    return find_verb(verb.alias_of) if verb.alias_of else verb


def find_flag(verb: Verb, spelling: str) -> Flag | None:
    """Return the verb's flag that is spelled so, aliases included."""
    return next((flag for flag in verb.flags if spelling == flag.name or spelling in flag.aliases), None)
