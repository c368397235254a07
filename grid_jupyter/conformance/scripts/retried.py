"""Fails until the attempt that its argument names."""

import os
import sys

print("attempt " + os.environ["GRID_ATTEMPT"])
sys.exit(0 if os.environ["GRID_ATTEMPT"] == sys.argv[1] else 1)
