"""``python -m stand_ins.batch --port-file FILE --folder FOLDER --services URL``: run until SIGTERM.

The folder goes with it.
"""

import argparse
import contextlib
import os
import shutil
import signal
from pathlib import Path

from stand_ins.process import end_with_parent, tell

from .server import Server


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--port-file", required=True, type=Path)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--services", default="")
    parser.add_argument("--region", default="us-east-1")
    args = parser.parse_args()
    # Whoever started it has credentials; jobs must not come by them.
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    server = Server(args.folder, services=args.services, region=args.region)
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
    tell(args.port_file, server.server_port)
    end_with_parent()
    with contextlib.suppress(KeyboardInterrupt):
        server.serve_forever(poll_interval=0.1)
    server.server_close()
    shutil.rmtree(args.folder, ignore_errors=True)


main()
