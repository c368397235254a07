"""Write ``docs/command.md`` from the table of verbs and flags.

Run it after a change of ``grid_jupyter/core/flags.py``, or of the verbs that a cluster brings; a test fails while the
page is out of date.
"""

# A script beside the page it writes, in no package.
# ruff: noqa: INP001

from __future__ import annotations

from pathlib import Path

from grid_jupyter.core.flags import RUN_FLAGS, VERBS, Flag, Group, Kind, Verb, whole_verbs

PAGE = Path(__file__).with_name("command.md")
INTRODUCTION = """\
# The command

<!-- Made by docs/make_reference.py from grid_jupyter/core/flags.py: change the table, then run the script. -->

In a notebook a line begins with `%grid`, in a terminal with `grid`; what follows is the same. `-h` works at every
level: `grid -h`, `grid run -h`.

A trial is addressed `RUN/INDEX`, counted from 0: `spiffy-sunfish-821/3`. `spiffy-sunfish-821-exp3` means the same.

`--flag value` and `--flag=value` mean the same. In `grid run`, flags before the script are Grid's and all words after
it are the script's. A `--` ends Grid's flags.

## Exit codes

| code | meaning |
|---|---|
| 0 | done |
| 1 | the disk or the store failed, a trial that was waited for did not succeed, or a doctor found a problem |
| 2 | the command or the configuration must be changed; nothing was made |
| 130 | interrupted while waiting; the run goes on |

An error is one line on standard error, with a second that shows the place where that helps.
"""


def page() -> str:
    """Return the whole page."""
    verbs = [verb for verb in whole_verbs() if not verb.alias_of]
    listed = [f"| [`{verb.name}`](#{anchor(verb)}) | {verb.help} |" for verb in verbs]
    parts = [INTRODUCTION, "## Verbs\n", "| verb | what it does |", "|---|---|", *listed, ""]
    for verb in verbs:
        parts += [*section(verb), ""]
    return "\n".join(parts).rstrip("\n") + "\n"


def anchor(verb: Verb) -> str:
    """Return the anchor that a verb's heading gets."""
    return f"grid-{verb.name.replace(' ', '-')}"


def section(verb: Verb) -> list[str]:
    """Return the lines about one verb."""
    usage = " ".join(part for part in ("grid", verb.name, "[FLAGS]" if verb.flags else "", verb.operands) if part)
    lines = [f"## grid {verb.name}", "", f"    {usage}", "", f"{verb.help}."]
    aliases = [other.name for other in VERBS if other.alias_of == verb.name]
    if aliases:
        lines += ["", f"`grid {aliases[0]}` is another name for it."]
    grouped = verb.flags is RUN_FLAGS
    for group in Group:
        flags = [flag for flag in verb.flags if flag.group is group and not flag.hidden]
        if flags:
            lines += ["", *([f"### {group.value}", ""] if grouped else []), "| flag | what it does |", "|---|---|"]
            lines += [f"| {spellings(flag)} | {told(flag)} |" for flag in flags]
    if refused := [flag for flag in verb.flags if flag.refused]:
        lines += ["", "### Known and refused", "", "| flag | what to do instead |", "|---|---|"]
        lines += [f"| {spellings(flag)} | {flag.refused} |" for flag in refused]
    return lines


def spellings(flag: Flag) -> str:
    """Return a flag as it is typed, with its other spellings."""
    value = f" {flag.metavar}".replace("|", "\\|") if flag.metavar else ""
    return ", ".join(f"`{name}{value}`" for name in (flag.name, *flag.aliases))


def told(flag: Flag) -> str:
    """Return what a flag does, which values it takes, and what holds without it."""
    parts = [flag.help]
    if flag.kind is Kind.CHOICE:
        parts.append("One of " + ", ".join(f"`{choice}`" for choice in flag.choices))
    if flag.kind in {Kind.COUNT, Kind.WHOLE, Kind.NUMBER} or flag.minimum:
        least = f", {flag.minimum} or more" if flag.minimum else ""
        parts.append(f"A {flag.kind.value.partition(',')[0]}{least}")
    if flag.limit:
        parts.append(f"At most {flag.limit} characters")
    if flag.repeats:
        parts.append("May be repeated")
    if flag.default:
        parts.append(f"Default: {flag.default}")
    return ". ".join(parts) + "."


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
