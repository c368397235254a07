"""Works as long as its first argument says, and tells what happens to it.

``quick`` not at all; a number for so many seconds; ``long`` until it is asked to end, in its first attempt; ``family``
likewise, with a child beside it; ``stubborn`` does not listen. It saves when it is asked to end.
"""

import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid

LONGEST = 1800.0  # seconds: what is forgotten does not go on for ever
TICK = 0.1

state = os.path.join(os.environ.get("GRID_CHECKPOINT_DIR", "."), "deep", "state.bin")
attempt = os.environ.get("GRID_ATTEMPT")


def say(*words: object) -> None:
    """Print words as a line, at once."""
    print(*words, flush=True)


def save() -> None:
    """Write the checkpoint and a file."""
    os.makedirs(os.path.dirname(state), exist_ok=True)
    with open(state, "wb") as file:
        file.write(b"\x00saved\xff")
    with open("saved.txt", "w") as file:
        file.write("saved")


def found() -> str:
    """Tell what the checkpoint holds."""
    if not os.path.exists(state):
        return "none"
    with open(state, "rb") as file:
        return "whole" if file.read() == b"\x00saved\xff" else "broken"


def asked(*_: object) -> None:
    """Save and end."""
    say("asked", time.time())
    save()
    sys.exit(0)


def heard(*_: object) -> None:
    """Tell of the signal, and go on."""
    say("asked", time.time())


def work(seconds: float) -> None:
    """Tell the time that goes by, in numbers without a gap."""
    until, number = time.monotonic() + seconds, 0
    while time.monotonic() < until:
        say("tick", number)
        number += 1
        time.sleep(TICK)


def heart(path: str) -> None:
    """Be a child: show that one is alive."""
    until = time.monotonic() + LONGEST
    while time.monotonic() < until:
        with open(path, "a") as file:
            file.write("x")
        time.sleep(TICK)


def heart_of(path: str) -> str:
    """Tell whether the child of an earlier attempt is alive: where this is another machine, nothing is seen of it."""
    if not os.path.exists(path):
        return "elsewhere"
    before = os.path.getsize(path)
    time.sleep(1)
    after = os.path.getsize(path)
    os.remove(path)
    return "alive" if after > before else "ended"


def main(how: str) -> None:
    """Work as is said."""
    pulse = os.path.join(tempfile.gettempdir(), "grid-conformance-" + os.environ["GRID_EXPERIMENT_ID"])
    signal.signal(signal.SIGTERM, heard if how == "stubborn" else asked)
    say("begin", uuid.uuid4().hex, time.time(), os.environ["GRID_EXPERIMENT_ID"], "checkpoint", found())
    if how == "family" and attempt == "1":
        subprocess.Popen([sys.executable, __file__, "heart", pulse])
    elif how == "family":
        say("child", heart_of(pulse))
    if how in ("long", "family", "stubborn") and attempt == "1":
        work(LONGEST)
    elif how[0].isdigit():
        work(float(how))
    save()
    say("end", time.time())


if __name__ == "__main__":
    if sys.argv[1] == "heart":
        heart(sys.argv[2])
    else:
        main(sys.argv[1])
