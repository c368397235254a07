"""The places where trials run; each follows ``grid_jupyter.core.cluster``."""

DEFAULT = "local"
"""Where trials run as long as nobody says otherwise."""
