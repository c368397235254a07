"""Tells its arguments, in plain letters."""

import json
import sys

with open("argued.json", "w") as file:
    json.dump(sys.argv[1:], file)
