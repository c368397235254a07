"""The places where trials run; each follows ``grid_jupyter.core.cluster``."""
