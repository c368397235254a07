"""Running trials on a Ray cluster of the user's own, through its dashboard."""
