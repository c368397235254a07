"""Metrics that libraries write into files of a trial's directory: TensorBoard's event files, Lightning's CSV."""
