"""Tells all that it sees, and leaves output, metrics and files of all kinds."""

import json
import os
import sys
import time

OUT = (
    b"step=1 loss=0.5\nstep=2 loss=0.25 acc: 0.75\n\r 10 %\r 50 %\r100 %\n"
    + bytes(range(256)) * 3
    + b"\n"
    + b"x" * 100_000
    + b"\r\n"
    + b"".join(b"line %d\n" % number for number in range(150_000))
    + b"no newline at the end \xff"
)
"""More than a megabyte, with all bytes that there are."""

ERR = b"a warning\r\n\xfe\x00"
FILED = '{"step": 1, "filed": 1}\n{"step": 7, "filed": 3}\n'

MADE = {
    "../notes.txt": b"changed",
    "empty.txt": b"",
    "größe.txt": "größe".encode(),
    "made/deep/all.bin": bytes(range(256)) * 4,
    "made/large.bin": b"0123456789abcdef" * 700_000,
}
"""What it writes, by path from where it starts."""


def look(top: str) -> "dict[str, dict[str, str]]":
    """Tell of all files below a folder, by path: where a link leads, or the mode, and the content in hexadecimal."""
    found = {}
    for folder, folders, names in os.walk(top):
        for name in folders + names:
            path = os.path.join(folder, name)
            seen = {}
            if os.path.islink(path):
                seen["link"] = os.readlink(path)
            elif os.path.isfile(path):
                seen["mode"] = oct(os.stat(path).st_mode & 0o777)
                with open(path, "rb") as file:
                    seen["content"] = file.read().hex()
            else:
                continue
            found[os.path.relpath(path, top).replace(os.sep, "/")] = seen
    return found


def main() -> None:
    """Look, leave all, and look again at what others might have changed."""
    told = {
        "environment": {name: value for name, value in os.environ.items() if name.startswith(("GRID_", "SUITE_"))},
        "folder": os.path.basename(os.getcwd()),
        "files": look(".."),
        "input": sys.stdin.read(),
    }
    with open(os.environ["GRID_METRICS_FILE"], "a") as file:
        file.write(FILED)
    mine = os.environ["GRID_TRIAL_INDEX"]
    for name, content in MADE.items():
        os.makedirs(os.path.dirname(name) or ".", exist_ok=True)
        with open(name, "wb") as file:
            file.write(content + mine.encode() if name == "../notes.txt" else content)
    time.sleep(0.5)  # long enough for another that runs beside it to write its own
    with open("../notes.txt", "rb") as file:
        told["notes"] = file.read().decode()
    with open("told.json", "w") as file:
        json.dump(told, file)
    sys.stdout.buffer.write(OUT)
    sys.stderr.buffer.write(ERR)


if __name__ == "__main__":
    main()
