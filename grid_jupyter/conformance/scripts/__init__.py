"""The scripts that trials run: of the standard library alone, for any Python from 3.8."""
