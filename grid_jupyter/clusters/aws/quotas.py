"""How many virtual CPUs of a family an account may run at once. Of a new account's GPUs that is none."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from grid_jupyter.errors import CommandError

if TYPE_CHECKING:
    from grid_jupyter.core.machines import Machine

    from .cloud import Cloud

# By the letters that a machine's name starts with: what the quota is called, and its codes on demand and for spot.
# Of spot machines P2 to P4, P5 and P6 have quotas of their own; that of P6 is not known for certain.
_GRAPHICS = "G and VT"
_CODES = {
    ("g", False): ("L-DB2E81BA", _GRAPHICS),
    ("g", True): ("L-3819A6DF", _GRAPHICS),
    ("p", False): ("L-417A185B", "P"),
    ("p2", True): ("L-7212CCBC", "P4, P3 and P2"),
    ("p3", True): ("L-7212CCBC", "P4, P3 and P2"),
    ("p4", True): ("L-7212CCBC", "P4, P3 and P2"),
    ("p5", True): ("L-C4BD4855", "P5"),
    ("", False): ("L-1216C47A", "standard"),
    ("", True): ("L-34B43A08", "standard"),
}
_STANDARD = frozenset("acdhimrtz")


class Quota:
    """The quota that holds for one type of machine, on one market.

    Args:
        machine: The type.
        spot: Whether interruptible machines are meant.

    Attributes:
        code: AWS's code of it; ``None`` where it is not known.
        family: The machines that it holds for, in AWS's words.
    """

    def __init__(self, machine: Machine, *, spot: bool) -> None:
        self._machine = machine
        self._spot = spot
        self.code, self.family = self._find()

    def _find(self) -> tuple[str | None, str]:
        letters, digit = re.match(r"([a-z]+)(\d?)", self._machine.name).groups()  # type: ignore[union-attr]
        family = letters[0]
        key = (family + digit if family == "p" and self._spot else family, self._spot)
        if family in _STANDARD:
            key = ("", self._spot)
        return _CODES.get(key, (None, letters.upper()))

    def value(self, cloud: Cloud) -> float | None:
        """Return the virtual CPUs; ``None`` where AWS does not tell."""
        from botocore.exceptions import BotoCoreError, ClientError

        if self.code is None:
            return None
        try:
            return float(cloud.quotas.get_service_quota(ServiceCode="ec2", QuotaCode=self.code)["Quota"]["Value"])
        except (ClientError, BotoCoreError, KeyError):
            return None  # a launch need not fail because a limit cannot be read

    def advice(self, cloud: Cloud, value: float) -> str:
        """Return what the quota is, and where more is asked for, as a sentence without its end."""
        market = "spot" if self._spot else "on demand"
        return (
            f"this account may run {value:g} CPUs of {self.family} machines at once ({market}, {cloud.region}), "
            f"and a {self._machine.name} has {self._machine.vcpus}; ask AWS for more at {self.address(cloud)}"
        )

    def address(self, cloud: Cloud) -> str:
        """Return the page of AWS's console where it is raised."""
        place = f"https://{cloud.region}.console.aws.amazon.com/servicequotas/home/services/ec2/quotas"
        return f"{place}/{self.code}" if self.code else place


def require_quota(cloud: Cloud, machine: Machine, *, spot: bool) -> float | None:
    """Return how many virtual CPUs of that kind the account may run; ``None`` where AWS does not tell.

    Raises:
        CommandError: They are too few for a single machine.
    """
    quota = Quota(machine, spot=spot)
    value = quota.value(cloud)
    if value is not None and value < machine.vcpus:
        raise CommandError(f"--instance_type {machine.name}: {quota.advice(cloud, value)}")
    return value
