"""A cluster with prices that is this machine, for a test to be found under the name of a cloud."""

from grid_jupyter.clusters.aws.placement import place
from grid_jupyter.clusters.local import LocalCluster
from grid_jupyter.core.cluster import Traits


class PricedCluster(LocalCluster):
    """Trials run here; what they cost is told by the machine type of the plan."""

    traits = Traits(rents=True)

    def place(self, spec, trials, settings, *, launches=False):
        """Return where the cloud would have them."""
        return place(self.name, spec, trials, settings, launches=launches)


CLUSTER = PricedCluster
