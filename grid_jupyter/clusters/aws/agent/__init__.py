"""What runs beside a trial in its container, and what it shares with the session that looks after the run.

This package is sent to the bucket as it is and runs on whatever Python 3.8 or newer an image has: it imports the
standard library and boto3, and of this project nothing else than what ``archive.py`` sends with it.
"""
