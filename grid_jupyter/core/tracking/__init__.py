"""Runs in an MLflow tracking server. MLflow itself is imported when something is written, and not before."""
