"""Tab completion behind ``%grid`` and ``%%grid``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from IPython.core.completer import SimpleCompletion, context_matcher

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext, IPCompleter, SimpleMatcherResult
    from IPython.core.interactiveshell import InteractiveShell

    from grid_jupyter.core.completion import Candidate

_WIDEST = 48
_LINE = re.compile(r"^\s*(?:[\w.\[\], ]+=\s*)?(%%?)grid[ \t]+(.*)$", re.DOTALL)


@context_matcher(identifier="grid_jupyter")  # type: ignore[untyped-decorator, unused-ignore]
def grid_matcher(context: CompletionContext) -> SimpleMatcherResult:
    """Complete a line of ours; others are left to whoever completes them."""
    above = context.full_text.splitlines()[: context.cursor_line]
    before = (context.full_text.splitlines() or [""])[context.cursor_line : context.cursor_line + 1]
    line = "".join(before)[: context.cursor_position]
    while above and above[-1].endswith("\\"):
        line = f"{above.pop()[:-1]} {line}"
    match = _LINE.match(line)
    if match is None:
        return {"completions": []}
    from grid_jupyter.core.completion import complete
    from grid_jupyter.core.plan import current_directory

    cell = context.full_text.partition("\n")[2] if match[1] == "%%" else None
    found = complete(match[2], current_directory(), cell)
    return {
        "completions": [SimpleCompletion(text=one.text, type=_about(one)) for one in found.candidates],
        "matched_fragment": found.begun,
        "suppress": True,
        "ordered": True,
    }


def _about(candidate: Candidate) -> str:
    """What a front end shows beside a candidate, where IPython has its type; JupyterLab would break it at blanks."""
    if candidate.about:
        text = candidate.about if len(candidate.about) <= _WIDEST else f"{candidate.about[: _WIDEST - 1]}…"
        return text.replace(" ", "\N{NO-BREAK SPACE}")
    if candidate.text.startswith("-"):
        return "param"
    return "path" if "/" in candidate.text or "." in candidate.text else "keyword"


def load(shell: InteractiveShell) -> None:
    """Complete in a shell."""
    completer = _completer(shell)
    if completer is not None and grid_matcher not in completer.custom_matchers:
        completer.custom_matchers.append(grid_matcher)


def unload(shell: InteractiveShell) -> None:
    """Take back what ``load`` did."""
    completer = _completer(shell)
    if completer is not None and grid_matcher in completer.custom_matchers:
        completer.custom_matchers.remove(grid_matcher)


def _completer(shell: InteractiveShell) -> IPCompleter | None:
    return getattr(shell, "Completer", None)
