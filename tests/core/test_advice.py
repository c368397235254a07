"""What a banner says of a run that is held."""

import pytest

from grid_jupyter.core.advice import Advice, advice
from grid_jupyter.core.states import RunState, TrialState
from grid_jupyter.core.summary import RunSummary

WAITING = {TrialState.QUEUED: 41, TrialState.FAILED: 1}


@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        (
            RunState.PAUSED,
            "the budget of $20.00 is spent: grid resume otter-14 --budget 40 carries on",
            Advice(
                "paused",
                "Paused: the budget of $20.00 is spent. 41 trials wait, 0 run.",
                "grid resume otter-14 --budget 40",
                {"budget": "40"},
            ),
        ),
        (
            RunState.PAUSED,
            "the smoke trial failed: trial 0: no x: grid rerun otter-14 0 tries again, grid resume otter-14 runs all",
            Advice(
                "failing",
                "Paused: the smoke trial failed: trial 0: no x. 41 trials wait, 0 run.",
                "grid resume otter-14",
            ),
        ),
        (
            RunState.INTERRUPTED,
            "this machine restarted while 1 ran and 41 waited: grid resume otter-14 carries on",
            Advice("interrupted", "This machine restarted while 1 ran and 41 waited.", "grid resume otter-14"),
        ),
        (RunState.QUEUED, "other runs hold all CPUs", Advice("queued", "Other runs hold all CPUs.", None)),
        (
            RunState.RUNNING,
            "waits for a g6.xlarge spot machine: AWS has none free now",
            Advice("queued", "Waits for a g6.xlarge spot machine: AWS has none free now.", None),
        ),
        (RunState.FAILED, "trial 0: exit code 1", None),
    ],
)
def test_the_reason_stands_beside_the_command_that_carries_on(state, reason, expected):
    held = 41 if state is RunState.PAUSED else 0
    assert advice(RunSummary("otter-14", state, reason, "local", 0.0, 42, WAITING, held=held)) == expected
