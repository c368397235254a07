"""A detached process that writes one run to MLflow as it goes, so that MLflow is never in the watcher's way."""
