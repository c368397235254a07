"""``python ray_tune_cluster.py ADDRESS TRIALS SCRIPT FOLDER KIND``: a sweep of Ray Tune on a cluster that is there.

KIND says what a trial is: ``subprocess`` runs SCRIPT, ``function`` does the same in the process that Tune has started
for it, and ``reused`` does so in processes that Tune uses for one trial after another. The metrics of all trials are
here at the end, and their files below FOLDER.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import ray
from ray import tune

FIRST, STEP = 0.001, 0.001


def main(address: str, trials: int, script: str, folder: str, kind: str) -> None:
    """Run the sweep."""

    def run_script(config: dict[str, float]) -> None:
        words = [sys.executable, script, "--lr", str(config["lr"])]
        done = subprocess.run(words, text=True, check=True, stdout=subprocess.PIPE)
        tune.report({"loss": float(done.stdout.partition("loss=")[2])})

    def function(config: dict[str, float]) -> None:
        time.sleep(0.2)
        Path("model.txt").write_text(str(config["lr"]), encoding="utf-8")
        tune.report({"loss": 1 - config["lr"]})

    ray.init(address, log_to_driver=False, logging_level="ERROR")
    tuner = tune.Tuner(
        tune.with_resources(run_script if kind == "subprocess" else function, {"cpu": 1, "gpu": 0.5}),
        param_space={"lr": tune.grid_search([round(FIRST + STEP * number, 6) for number in range(trials)])},
        tune_config=tune.TuneConfig(reuse_actors=kind == "reused"),
        run_config=tune.RunConfig(
            name=kind, storage_path=folder, verbose=0, sync_config=tune.SyncConfig(sync_artifacts=True)
        ),
    )
    results = tuner.fit()
    found = results.get_dataframe()
    if results.num_errors or len(found) != trials or found["loss"].isna().any():
        sys.exit("not every trial succeeded")
    files = sum(1 for _ in Path(folder, kind).rglob("model.txt"))
    if files != trials:
        sys.exit(f"{files} of {trials} files are there")


if __name__ == "__main__":
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"  # nobody is to be asked, or told
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:])
