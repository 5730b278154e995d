"""Host process of scheduler and workers, as the server sees it."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from gettext import gettext as _
from pathlib import Path

from training.workers.scheduler_address import EngineError

CODE = Path(__file__).resolve().parents[2]
START_PATIENCE = 180.0  # seconds that a host may take to start its workers
END_PATIENCE = 4.0  # seconds that a host may take to end
_log = logging.getLogger(__name__)


class HostProcess:
    """Scheduler and workers on this machine; they end with the server, or on `close`."""

    def __init__(self, workers: int, memory: int) -> None:
        """Start it; return at once. `memory` is in bytes a worker."""
        self.log_tail: deque[str] = deque(maxlen=20)
        path = os.pathsep.join(filter(None, (str(CODE), os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-P", "-m", "training.workers.host"),
                *("--workers", str(workers), "--memory", str(memory)),
            ],
            env={**os.environ, "PYTHONPATH": path},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=os.name == "posix",  # Ctrl-C is for the server, which then ends it
        )
        threading.Thread(target=self._read_log, name="engine-log", daemon=True).start()

    @property
    def pid(self) -> int:
        """Process id; the workers are its descendants."""
        return self._process.pid

    def address(self) -> str:
        """Wait until the workers are warm; return the scheduler's address.

        Raises:
            EngineError: if the host ends before, or takes too long.
        """
        assert self._process.stdout is not None
        timer = threading.Timer(START_PATIENCE, self._kill)
        timer.daemon = True
        timer.start()
        line = self._process.stdout.readline()
        timer.cancel()
        try:
            return str(json.loads(line)["address"])
        except (ValueError, KeyError, TypeError):
            self.close()
            raise EngineError(_("The worker processes did not start.")) from None

    def wait(self) -> None:
        """Wait until it has ended."""
        self._process.wait()

    def close(self) -> None:
        """End it and all its workers, within seconds."""
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
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
        assert self._process.stderr is not None
        for line in self._process.stderr:
            text = line.decode(errors="replace").rstrip()
            self.log_tail.append(text)
            _log.debug("host: %s", text)
