"""The app in its own process, with its own folders."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
GUARD = Path(__file__).parent / "guard"
MADE_UP_APP = "tests/support/made_up_app.py"
TEACHERS_CODE = "open sesame"  # of an app that has one
START_SECONDS = 60
STOP_SECONDS = 20


@dataclass
class Server:
    """A running app."""

    url: str
    store: Path
    process: subprocess.Popen[bytes]
    log: Path

    def outbound(self) -> str:
        """Return the refused calls to other computers, one a line."""
        path = _outbound(self.log.parent)
        return path.read_text("utf-8") if path.exists() else ""

    def libraries(self) -> set[str]:
        """Return the paths of the files that the server's own process has mapped."""
        return {mapping.path for mapping in psutil.Process(self.process.pid).memory_maps()}

    def counts(self) -> dict[str, int]:
        """Return how many objects of each class the server has, by the class's name. Not Windows.

        Raises:
            TimeoutError: if it does not answer.
        """
        path = _counts(self.log.parent)
        path.unlink(missing_ok=True)
        self.process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + STOP_SECONDS
        while not path.exists():
            if time.monotonic() > deadline:
                raise TimeoutError("the server does not count its objects")
            time.sleep(0.05)
        return dict(json.loads(path.read_text("utf-8")))

    def kill(self) -> None:
        """Kill the server alone, as the system does when memory is short."""
        self.process.kill()
        self.process.wait(STOP_SECONDS)

    def stop(self) -> None:
        """Send Ctrl-C, then kill every process that the server started."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(STOP_SECONDS)
        with suppress(ProcessLookupError):  # its process group is empty
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(STOP_SECONDS)


def _outbound(folder: Path) -> Path:
    return folder / "outbound.log"


def _counts(folder: Path) -> Path:
    return folder / "counts.json"


def guarded(log: Path) -> dict[str, str]:
    """Return an environment in which Python cannot call other computers; `log` lists each try."""
    paths = [str(GUARD), *filter(None, [os.environ.get("PYTHONPATH")])]
    return {"PYTHONPATH": os.pathsep.join(paths), "SOFTMAX_LAB_TEST_OUTBOUND": str(log)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _healthy(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=1) as answer:
            return bool(answer.read() == b"ok")
    except OSError:
        return False


def start_server(
    folder: Path,
    cache: Path,
    entry: str | Path = "app.py",
    port: int = 0,
    open_files: int = 0,
    **environment: str,
) -> Server:
    """Start the real app, or another `entry`; `folder` holds its store and data.

    With a `port` it takes the place of a server that is gone. `open_files` limits what it and its
    workers may have open; 0 is no limit of ours.

    Raises:
        RuntimeError: with its log, if it does not start.
    """
    port = port or _free_port()
    log = folder / "server.log"
    env = {
        **os.environ,
        "SOFTMAX_LAB_STORE": str(folder / "store"),
        "SOFTMAX_LAB_DATA": str(folder / "data"),
        "SOFTMAX_LAB_CACHE": str(cache),
        "SOFTMAX_LAB_WORKERS": "1",
        **guarded(_outbound(folder)),
        "SOFTMAX_LAB_TEST_COUNTS": str(_counts(folder)),
        **environment,
    }
    command = [sys.executable, "-m", "streamlit", "run", str(entry), "--server.port", str(port)]
    if open_files:  # a shell sets it, since code of ours between fork and exec may hang
        command = ["sh", "-c", f'ulimit -n {open_files} && exec "$@"', "sh", *command]
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*command, "--server.headless", "true"],
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
    server = Server(f"http://localhost:{port}", folder / "store", process, log)
    deadline = time.monotonic() + START_SECONDS
    while not _healthy(server.url):
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
        if process.poll() is not None or time.monotonic() > deadline:
            server.stop()
            raise RuntimeError(f"the app did not start:\n{log.read_text(errors='replace')}")
    return server
