"""Measure how well the flags of real scripts are read: precision, recall and time.

Takes folders of projects, one project a folder. Each script in them that runs on its own is read, and then run up to
where it reads its command line, with all packages but the libraries of flags replaced: what its library knows by then
is the truth. THE SCRIPTS ARE RUN: do it in a container, with projects that you trust. A script that cannot be run that
far is left out and counted.

    pip download --no-deps yolov5 -d . && unzip yolov5*.whl -d corpus/yolov5
    python benchmarks/script_flags.py corpus
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from statistics import fmean, median
from typing import TYPE_CHECKING, Any

from grid_jupyter.core.script import parse, read_script
from grid_jupyter.core.script.reader import read_flags

if TYPE_CHECKING:
    from collections.abc import Iterator

    from grid_jupyter.core.script import ScriptFlag

TRUTH = Path(__file__).with_name("true_flags.py")
COMPARED = ("default", "type", "choices", "required", "takes_value", "multiple", "help")


@dataclass
class Score:
    """What came of one script."""

    project: str
    script: str
    seconds: float
    read: int
    true: int
    right: int
    found: int
    complete: bool
    parsing: float
    extra: list[str]
    missed: list[str]
    wrong: list[str] = field(default_factory=list)
    compared: int = 0

    @property
    def precision(self) -> float:
        """How many of those read are true."""
        return self.right / self.read if self.read else 1.0

    @property
    def recall(self) -> float:
        """How many of the true ones are read."""
        return self.found / self.true if self.true else 1.0


def main() -> int:
    """Measure, print; return 1 if a script that was read for complete has a flag that was not read."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", help="folders of projects")
    parser.add_argument("--only", default="", help="scripts whose path holds this text")
    parser.add_argument("--cache", type=Path, help="where the truth is kept")
    parser.add_argument("--workers", type=int, default=2, help="scripts run at once")
    options = parser.parse_args()
    scripts = [pair for folder in options.folders for pair in _scripts(folder) if options.only in str(pair[1])]
    with tempfile.TemporaryDirectory() as kept, ThreadPoolExecutor(options.workers) as pool:
        cache = options.cache or Path(kept)
        cache.mkdir(parents=True, exist_ok=True)
        truths = list(pool.map(lambda pair: _truth(*pair, cache), scripts))
    scores = [_score(root, script, truth) for (root, script), truth in zip(scripts, truths, strict=True) if truth]
    _print(scores, without=len(scripts) - len(scores))
    return int(any(score.complete and score.missed for score in scores))


def _scripts(folder: Path) -> Iterator[tuple[Path, Path]]:
    for root in sorted(path for path in folder.resolve().iterdir() if path.is_dir()):
        for script in sorted(root.rglob("*.py")):
            # Not tests, which are no one's script, and do all kinds of things when they are run.
            if "__main__" in script.read_text("utf-8", "replace") and "test" not in str(script.relative_to(root)):
                yield root, script


def _truth(root: Path, script: Path, cache: Path) -> list[dict[str, Any]]:
    kept = cache / f"{sha256(f'{root}:{script}'.encode()).hexdigest()[:24]}.json"
    if not kept.exists():
        with tempfile.TemporaryDirectory() as elsewhere:
            try:
                done = subprocess.run(
                    [sys.executable, TRUTH, root, script],
                    stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=60, check=False,
                    cwd=elsewhere,
                )  # fmt: skip
                said = done.stdout
            except subprocess.TimeoutExpired:
                said = "FAILED timeout"
        match = re.search(r"^FLAGS(.*)$", said, re.MULTILINE)
        kept.write_text(match[1] if match else "[]", encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(kept.read_text(encoding="utf-8"))
    return found


def _score(root: Path, script: Path, truth: list[dict[str, Any]]) -> Score:
    start = time.perf_counter()
    result = read_flags(script, root)
    seconds = time.perf_counter() - start
    flags = [flag for flag in result.flags if not (flag.positional and _is_choice_of_commands(flag, result.flags))]
    read = {(flag.command, name): flag for flag in flags for name in flag.spellings}
    true = {(flag["command"], name): flag for flag in truth for name in flag["names"]}
    first = {(flag["command"], flag["names"][0]): flag for flag in truth}
    pairs = [(flag, _match(flag, read)) for flag in first.values()]
    score = Score(
        root.name,
        str(script.relative_to(root)),
        seconds,
        read=len(flags),
        true=len(first),
        right=sum(any((flag.command, name) in true for name in flag.spellings) for flag in flags),
        found=sum(match is not None for _, match in pairs),
        complete=result.complete,
        parsing=_parsing(root, script),
        extra=[flag.name for flag in flags if not any((flag.command, name) in true for name in flag.spellings)],
        missed=[flag["names"][0] for flag, match in pairs if match is None],
    )
    for flag, match in pairs:
        if match is not None:
            _compare(flag, match, score)
    return score


def _parsing(root: Path, script: Path) -> float:
    """The seconds that parsing takes of all that is read: what the reading is compared with."""
    texts = read_script(script, root).texts
    start = time.perf_counter()
    for text in texts:
        with contextlib.suppress(SyntaxError):
            parse(text)
    return time.perf_counter() - start


def _is_choice_of_commands(flag: ScriptFlag, flags: tuple[ScriptFlag, ...]) -> bool:
    return flag.choices is not None and any(
        other.command.startswith(f"{flag.command} {choice}".strip()) for other in flags for choice in flag.choices
    )


def _match(flag: dict[str, Any], read: dict[tuple[str, str], ScriptFlag]) -> ScriptFlag | None:
    return next((read[key] for name in flag["names"] if (key := (flag["command"], name)) in read), None)


def _compare(true: dict[str, Any], read: ScriptFlag, score: Score) -> None:
    """Compare what is said of a flag, where it is not said to be computed."""
    if read.name not in true["names"]:
        return  # what says no to it is a flag of its own in some libraries
    said = read.to_json()
    for name in COMPARED:
        expected = true.get(name)
        if name not in true or name in read.computed or isinstance(expected, dict) or expected == "<lambda>":
            continue
        if expected is None and name in {"required", "type"}:
            continue
        score.compared += 1
        if expected != said[name]:
            score.wrong.append(f"{read.name} {name}: {expected!r} is read as {said[name]!r}")


def _print(scores: list[Score], *, without: int) -> None:
    for score in scores:
        if score.extra or score.missed or score.wrong:
            print(f"{score.precision:.3f} {score.recall:.3f} {'complete ' if score.complete else ''}"
                  f"{score.project}/{score.script}")  # fmt: skip
            for name, items in (("not there", score.extra), ("missed", score.missed), ("wrong", score.wrong)):
                if items:
                    print(
                        f"    {name}: {', '.join(items[:8])}{f' and {len(items) - 8} more' if len(items) > 8 else ''}"
                    )
    print("\n| project | scripts | flags | precision | recall | median time | longest |\n| - | - | - | - | - | - | - |")
    groups: dict[str, list[Score]] = defaultdict(list)
    for score in scores:
        groups[score.project].append(score)
    for name, group in groups.items():
        print(_row(name, group))
    if scores:
        print(_row("all", scores))
        averages = [
            (fmean(one.precision for one in group), fmean(one.recall for one in group)) for group in groups.values()
        ]
        print(
            f"\nby project: precision {fmean(p for p, _ in averages):.1%}, recall {fmean(r for _, r in averages):.1%}"
        )
        ratio = median(score.seconds / score.parsing for score in scores if score.parsing)
        most = sum(score.seconds for score in scores) / sum(score.parsing for score in scores)
        print(f"reading takes {ratio:.1f} times as long as parsing the same files (median; {most:.1f} times for all)")
        good = [score for score in scores if score.precision >= 0.99]  # the goals
        many = [score for score in scores if score.recall >= 0.9]
        print(f"precision of 99 % or more: {len(good)} of {len(scores)} scripts; recall of 90 % or more: {len(many)}")
        wrong = Counter(line.partition(": ")[0].rpartition(" ")[2] for score in scores for line in score.wrong)
        compared = sum(score.compared for score in scores)
        print(f"of {compared} types, defaults and so on {sum(wrong.values())} are wrong: {dict(wrong)}")
        complete = [score for score in scores if score.complete]
        lacking = sum(bool(score.missed) for score in complete)
        print(f"said to be complete: {len(complete)} scripts, {lacking} of them are not; left out: {without} scripts")


def _row(name: str, scores: list[Score]) -> str:
    seconds, flags = [score.seconds for score in scores], sum(score.true for score in scores)
    return (
        f"| {name} | {len(scores)} | {flags} | {fmean(s.precision for s in scores):.1%} | "
        f"{fmean(s.recall for s in scores):.1%} | {1000 * median(seconds):.0f} ms | {1000 * max(seconds):.0f} ms |"
    )


if __name__ == "__main__":
    sys.exit(main())
