"""A cluster with prices that is this machine, for a test to be found under the name of a cloud."""

from grid_jupyter.clusters.local import LocalCluster


class PricedCluster(LocalCluster):
    """Trials run here; what they cost is told by the machine type of the plan."""


CLUSTER = PricedCluster
