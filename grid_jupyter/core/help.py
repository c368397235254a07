"""Help, made from the table of flags and verbs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .flags import Flag, Group, Verb, first_verbs

if TYPE_CHECKING:
    from collections.abc import Sequence

_RUN_NOTE = (
    "Flags before SCRIPT are Grid's; all after it are the script's, and those are swept:",
    "[a, b], range(1, 8, 2), linspace(0, 1, 5), uniform(0, 1, 5), loguniform(1e-5, 1e-1, 8) and the like.",
)
_EXAMPLES = """\
  {grid} run train.py --lr "[0.1, 0.01]" --layers "range(2, 8, 2)"
  {grid} run --strategy random_search --trials 20 train.py --lr "loguniform(1e-5, 1e-1, 100)"
  {grid} run --dry_run train.py --lr "[0.1, 0.01]\""""


def general_help(grid: str = "grid") -> str:
    """Return the help of the command as a whole.

    Args:
        grid: What a line begins with where it is read: ``%grid`` in a notebook.
    """
    return "\n".join(
        [
            f"{grid} VERB: hyperparameter sweeps from a notebook or a terminal.",
            "",
            "Verbs",
            *_listed(first_verbs()),
            "",
            "Examples",
            _EXAMPLES.format(grid=grid),
            "",
            f"{grid} VERB -h tells more about one of them.",
        ]
    )


def _listed(verbs: Sequence[Verb]) -> list[str]:
    named = [(verb.name.split()[-1], verb.help) for verb in verbs if not verb.alias_of]
    width = max(len(name) for name, _ in named)
    return [f"  {name:<{width}}  {text}" for name, text in named]


def verb_help(verb: Verb) -> str:
    """Return the help of one verb."""
    usage = " ".join(part for part in ("grid", verb.name, "[FLAGS]" if verb.flags else "", verb.operands) if part)
    lines = [usage, "", f"{verb.help}."]
    if verb.verbs:
        lines += ["", "Verbs", *_listed(verb.verbs), "", f"grid {verb.name} VERB -h tells more about one of them."]
    if verb.name == "run":
        lines += ["", *_RUN_NOTE]
    for group in Group:
        flags = [flag for flag in verb.flags if flag.group is group and not flag.hidden]
        if flags:
            lines += ["", group.value, *(f"  {left:<34}{right}" for left, right in map(flag_help, flags))]
    return "\n".join(lines)


def flag_help(flag: Flag) -> tuple[str, str]:
    """Return a flag as it is typed, and what it does."""
    left = ", ".join([*(alias for alias in flag.aliases if len(alias) == 2), flag.name])
    right = flag.help
    if flag.choices and flag.metavar == "NAME":
        right += f": {', '.join(choice for choice in flag.choices if ':' not in choice)}"
    if flag.repeats:
        right += "; may be repeated"
    if flag.default:
        right += f" (default: {flag.default})"
    return f"{left} {flag.metavar}".rstrip(), right
