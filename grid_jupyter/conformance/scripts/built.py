"""Tells what the build actions have left, and what is in its environment."""

import os

with open("made.txt") as file:
    print("script", file.read().strip(), os.environ["SUITE_WORD"])
