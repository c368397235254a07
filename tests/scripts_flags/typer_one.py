from enum import Enum
from typing import Annotated, List, Optional

import typer


class Kind(str, Enum):
    small = "small"
    large = "large"


def main(
    data: str,
    lr: float = 0.1,
    batch_size: Annotated[int, typer.Option("--batch", "-b", help="how many")] = 32,
    kind: Kind = Kind.small,
    amp: bool = False,
    tags: Optional[List[str]] = typer.Option(None, help="words"),
    steps: int = typer.Option(...),
):
    pass


if __name__ == "__main__":
    typer.run(main)
