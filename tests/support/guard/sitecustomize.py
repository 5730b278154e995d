"""Network guard that Python loads when this folder is on PYTHONPATH.

Connections, datagrams and name look-ups for other machines fail. Each is logged in the file that
SOFTMAX_LAB_TEST_OUTBOUND names. Child processes inherit both variables.
"""

import os
import socket
import sys
from typing import Any

LOG = os.environ.get("SOFTMAX_LAB_TEST_OUTBOUND", "")
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


if LOG:
    sys.addaudithook(_refuse)
