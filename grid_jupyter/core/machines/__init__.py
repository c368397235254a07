"""The machines that a run may ask for: what they are, how they are named, how many trials fit."""

from .catalogue import Catalogue, Match, load_catalogue
from .machine import Machine
from .packing import machines_needed, trials_per_machine

__all__ = ["Catalogue", "Machine", "Match", "load_catalogue", "machines_needed", "trials_per_machine"]
