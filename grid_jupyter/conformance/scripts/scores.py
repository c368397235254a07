"""Reports its argument as loss, step by step; one above 5 goes on until it is asked to end."""

import signal
import sys
import time

loss = float(sys.argv[1])
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
for epoch in (1, 2, 3):
    print("epoch=%d loss=%r" % (epoch, loss), flush=True)
until = time.monotonic() + 1800
while loss > 5 and time.monotonic() < until:
    time.sleep(0.1)
