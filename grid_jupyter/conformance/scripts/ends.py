"""Ends as its argument says."""

import os
import signal
import sys

how = sys.argv[1]
with open("half.txt", "w") as file:
    file.write(how)
if how == "raises":
    raise ValueError("the last line")
if how == "exits":
    sys.exit(3)
if how == "killed":
    os.kill(os.getpid(), signal.SIGKILL)
if how == "missing":
    os.execl("/bin/sh", "sh", "-c", "no-such-program")
