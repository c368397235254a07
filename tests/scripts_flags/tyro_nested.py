import dataclasses
from typing import Literal

import tyro


@dataclasses.dataclass
class Optimizer:
    learning_rate: float = 0.1
    """step size"""
    kind: Literal["adam", "sgd"] = "adam"


@dataclasses.dataclass
class Config:
    data_dir: str
    optimizer: Optimizer = dataclasses.field(default_factory=Optimizer)
    use_amp: bool = False
    layers: tuple[int, ...] = (1, 2)


if __name__ == "__main__":
    tyro.cli(Config)
