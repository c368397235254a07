"""The sweep language: from text to the values of an axis."""
