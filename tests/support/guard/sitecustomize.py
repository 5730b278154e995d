"""Network guard that Python loads when this folder is on PYTHONPATH, and a count of objects.

Connections, datagrams and name look-ups for other machines fail. Each is logged in the file that
SOFTMAX_LAB_TEST_OUTBOUND names. At SIGUSR1 a process writes into the file that
SOFTMAX_LAB_TEST_COUNTS names how many objects of each class it has. Child processes inherit all.
"""

import os
import signal
import socket
import sys
from typing import Any

LOG = os.environ.get("SOFTMAX_LAB_TEST_OUTBOUND", "")
COUNTS = os.environ.get("SOFTMAX_LAB_TEST_COUNTS", "")
HERE = ("127.", "::1", "localhost", "0.0.0.0", "::")
SENDING = {"socket.connect", "socket.sendto", "socket.sendmsg"}


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in SENDING and isinstance(arguments[1], tuple):
        quiet = event == "socket.connect" and arguments[0].type == socket.SOCK_DGRAM
        host = None if quiet else arguments[1][0]  # sends no packet: asks for its own address
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if not name or name.startswith(HERE) or name == socket.gethostname():
        return
    with open(LOG, "a", encoding="utf-8") as log:
        log.write(f"{event} {name} by {' '.join(sys.argv)}\n")
    raise OSError(f"a test refuses to call {name}")


def _count(_signal: int, _frame: object) -> None:
    import gc
    import json
    from collections import Counter

    gc.unfreeze()  # what the server leaves out of collections counts too
    gc.collect()
    counts = Counter(type(each).__name__ for each in gc.get_objects())
    with open(f"{COUNTS}.new", "w", encoding="utf-8") as file:
        json.dump(counts, file)
    os.replace(f"{COUNTS}.new", COUNTS)


if COUNTS and hasattr(signal, "SIGUSR1"):
    signal.signal(signal.SIGUSR1, _count)
if LOG:
    sys.addaudithook(_refuse)
