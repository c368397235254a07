"""``python ray_tune.py TRIALS PARALLEL``: a sweep of Ray Tune over a function that does nothing."""

import os
import sys
from tempfile import TemporaryDirectory

import ray
from ray import tune


def nothing(config: dict[str, int]) -> dict[str, int]:
    """Do nothing, and report it."""
    return {"x": config["x"]}


def main(trials: int, parallel: int) -> None:
    """Run the sweep."""
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        ray.init(num_cpus=parallel, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
        tuner = tune.Tuner(
            nothing,
            param_space={"x": tune.grid_search(list(range(trials)))},
            run_config=tune.RunConfig(storage_path=folder, verbose=0),
        )
        results = tuner.fit()
        ray.shutdown()
    if len(results) != trials or results.num_errors:
        sys.exit("not every trial succeeded")


if __name__ == "__main__":
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nobody is to be asked, or told
    main(*map(int, sys.argv[1:]))
