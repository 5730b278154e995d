"""Scheduler that the server connects to: at an address, or in a host process of its own."""

from __future__ import annotations

import ipaddress
import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from model_store.text import _

TLS = ("SOFTMAX_LAB_TLS_CA", "SOFTMAX_LAB_TLS_CERT", "SOFTMAX_LAB_TLS_KEY")
CODE = Path(__file__).resolve().parents[2]
START_PATIENCE = 180.0  # seconds that a host may take to start its workers
END_PATIENCE = 4.0  # seconds that a host may take to end
_log = logging.getLogger(__name__)


class EngineError(Exception):
    """An engine that cannot work as it is set up; the message is a sentence for a person."""


@dataclass(frozen=True, slots=True)
class SchedulerAddress:
    """URL of a scheduler; the three files are "" for a plain connection."""

    url: str
    ca: str = ""
    cert: str = ""
    key: str = ""

    @classmethod
    def parse(cls, url: str, environ: Mapping[str, str]) -> SchedulerAddress:
        """Check an address such as `tls://10.0.0.5:8786` and find its certificates.

        Raises:
            EngineError: if it is no address, or if anyone on the network could run code through it.
        """
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port = None, None
        problem, missing = (
            "",
            [name for name in TLS if not Path(environ.get(name) or "/").is_file()],
        )
        if not host or not port or parts.scheme not in ("tls", "tcp"):
            problem = _(
                "SOFTMAX_LAB_ENGINE is {address}. That is not the address of a scheduler. Write it "
                "like tls://10.0.0.5:8786."
            )
        elif parts.scheme == "tcp" and not _is_loopback(host):
            problem = _(
                "SOFTMAX_LAB_ENGINE is {address}, without encryption. Anyone who reaches that port "
                "could run programs there. Use tls:// and certificates."
            )
        elif parts.scheme == "tls" and missing:
            problem = _(
                "SOFTMAX_LAB_ENGINE is {address}, which needs certificates. Set these to files: "
                "{names}."
            )
        if problem:
            raise EngineError(problem.format(address=repr(url)[:80], names=", ".join(missing)))
        return cls(url, *(environ[name] for name in TLS if parts.scheme == "tls"))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class HostProcess:
    """Scheduler and workers on this machine; they end with the server, or on `close`."""

    def __init__(self, workers: int, memory: int) -> None:
        """Start it; return at once. `memory` is in bytes a worker."""
        self.log_tail: deque[str] = deque(maxlen=20)
        path = os.pathsep.join(filter(None, (str(CODE), os.environ.get("PYTHONPATH"))))
        command = [sys.executable, "-P", "-m", "training.workers.host"]
        process = self._process = subprocess.Popen(
            [*command, "--workers", str(workers), "--memory", str(memory)],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=os.name == "posix",  # Ctrl-C is for the server, which then ends it
        )
        assert process.stdin and process.stdout and process.stderr
        self._stdin, self._stdout, self._stderr = process.stdin, process.stdout, process.stderr
        threading.Thread(target=self._read_log, name="engine-log", daemon=True).start()

    def address(self) -> str:
        """Wait until the workers are warm; return the scheduler's address.

        Raises:
            EngineError: if the host ends before, or takes too long.
        """
        timer = threading.Timer(START_PATIENCE, self._kill)
        timer.daemon = True
        timer.start()
        line = self._stdout.readline()
        timer.cancel()
        try:
            return str(json.loads(line)["address"])
        except (ValueError, KeyError, TypeError):
            raise EngineError(_("The worker processes did not start.")) from None

    def close(self) -> None:
        """End it and all its workers, within seconds."""
        with suppress(OSError):
            self._stdin.close()
        try:
            self._process.wait(END_PATIENCE)
        except subprocess.TimeoutExpired:
            self._kill()
            self._process.wait()

    def _kill(self) -> None:
        with suppress(OSError):
            if os.name == "posix":
                os.killpg(self._process.pid, signal.SIGKILL)
            else:
                self._process.kill()

    def _read_log(self) -> None:
        for line in self._stderr:
            self.log_tail.append(line.decode(errors="replace").rstrip())
            _log.debug("host: %s", self.log_tail[-1])
