#!/usr/bin/env python3
"""Stands between `tidemill` and the code location, and kills the run worker with SIGKILL at a chosen point.

`tidemill … --location killing_location.py` starts it like the location. It becomes the real location ($KILL_LOCATION) for
everything but `api execute_run`; there it starts the worker, hands on what the worker acknowledges, and kills it:

KILL_AFTER_EVENTS   as soon as so many events were acknowledged, or
KILL_AFTER_SECONDS  so long after the worker was started.
KILL_ACKNOWLEDGED   the file that gets every acknowledged line, also those that were on their way at the kill.

Ends as the worker ended: killed by the same signal.
"""

import os
import select
import signal
import subprocess
import sys
import time


def main() -> None:
    location = os.environ["KILL_LOCATION"]
    arguments = sys.argv[1:]
    if arguments[:2] != ["api", "execute_run"] or "KILL_ACKNOWLEDGED" not in os.environ:
        os.execv(location, [location, *arguments])
    after_events = int(os.environ.get("KILL_AFTER_EVENTS", "1000000000"))
    deadline = time.monotonic() + float(os.environ.get("KILL_AFTER_SECONDS", "1000000"))

    position = arguments.index("--ack-fd") + 1
    theirs = int(arguments[position])
    reading, writing = os.pipe()
    arguments[position] = str(writing)
    worker = subprocess.Popen([location, *arguments], pass_fds=[writing])
    os.close(writing)

    killed = False
    count = 0
    with open(os.environ["KILL_ACKNOWLEDGED"], "wb") as file:
        while True:
            if not killed and (count >= after_events or time.monotonic() >= deadline):
                worker.send_signal(signal.SIGKILL)
                killed = True
            wait = None if killed else max(0.0, min(deadline - time.monotonic(), 3600.0))
            if not select.select([reading], [], [], wait)[0]:
                continue
            piece = os.read(reading, 65536)
            if not piece:
                break
            count += piece.count(b"\n")
            file.write(piece)
            os.write(theirs, piece)
    code = worker.wait()
    if code < 0:
        os.kill(os.getpid(), -code)
    sys.exit(code)


if __name__ == "__main__":
    main()
