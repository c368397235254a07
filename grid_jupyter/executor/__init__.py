"""The program that executes a notebook as a trial; started by name, and imported by nobody."""
