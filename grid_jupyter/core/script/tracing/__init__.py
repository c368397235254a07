"""Goes through a script as Python would, with values that may be unknown."""
