"""What runs beside a trial on another machine, and what it shares with the session that looks after the run.

This package is sent there as it is and runs on whatever Python 3.8 or newer there is: it imports the standard library,
boto3 where a bucket is talked to, and of this project nothing else than what ``archive.py`` sends with it.
"""
