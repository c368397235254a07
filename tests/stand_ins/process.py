"""What servers of stand-ins have in common as processes."""

import os
import signal
import threading
import time


def tell(port_file, port):
    """Write the port to a file that is there when it is whole."""
    new = port_file.with_suffix(".new")
    new.write_text(str(port))
    new.replace(port_file)


def end_with_parent():
    """End as by SIGTERM when the process that started this one is no more."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()
