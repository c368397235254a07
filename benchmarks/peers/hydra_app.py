"""An application of Hydra that does nothing."""

import hydra


@hydra.main(version_base=None, config_path=None)
def main(_: object) -> None:
    """Do nothing."""


if __name__ == "__main__":
    main()
