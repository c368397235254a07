"""What is asked of a run's watcher, as others see it while the watcher does it."""

from grid_jupyter.core.home import RunFolder
from grid_jupyter.core.requests import Request, pending_verbs, send


def test_a_request_that_is_done_while_others_read_is_no_fault(tmp_path):
    """A link to nowhere stands for it: it is listed, and there is nothing to be read."""
    folder = RunFolder(tmp_path)
    send(folder, Request("stop"))
    (folder.requests / "0.json").symlink_to("gone")
    assert pending_verbs(folder) == {"stop"}
