"""A lease lives exactly as long as its process."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

import pytest

from model_store.storage import process_lease as lease
from model_store.storage.process_lease import Lease, alone, is_alive, sweep

HOLD = """
import sys; from pathlib import Path; from model_store.storage.process_lease import Lease
lease = Lease(Path(sys.argv[1])); print(lease.id, flush=True)
sys.stdin.read()
"""


ENTER = """
import sys; from pathlib import Path; from model_store.storage.process_lease import alone
print("asks", flush=True)
with alone(Path(sys.argv[1])):
    print("in", flush=True)
    sys.stdin.read()
"""


def begun(code: str, root: Path) -> tuple[subprocess.Popen[str], IO[str]]:
    """A process that runs `code` about the store, until it is killed, and what it prints."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(root)],
        cwd=Path(__file__).resolve().parents[3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, process.stdout


def test_alive_until_closed(tmp_path: Path) -> None:
    lease = Lease(tmp_path)
    assert is_alive(tmp_path, lease.id)
    lease.close()
    assert not is_alive(tmp_path, lease.id)


def test_ends_with_a_killed_process(tmp_path: Path) -> None:
    process, said = begun(HOLD, tmp_path)
    lease_id = said.readline().strip()
    assert is_alive(tmp_path, lease_id)
    process.kill()
    process.communicate()
    assert not is_alive(tmp_path, lease_id)
    sweep(tmp_path)
    assert list((tmp_path / ".engines").iterdir()) == []


@pytest.mark.parametrize("lease_id", ["", "../x", "zz", "0" * 16])
def test_no_lease(tmp_path: Path, lease_id: str) -> None:
    assert not is_alive(tmp_path, lease_id)


def test_one_thread_or_process_at_a_time_is_alone(tmp_path: Path) -> None:
    """Others wait until the holder has left or its process has ended."""
    other, said = begun(ENTER, tmp_path)
    assert [said.readline(), said.readline()] == ["asks\n", "in\n"]
    order = []

    def enter() -> None:
        with alone(tmp_path):
            order.append("ours")

    ours = threading.Thread(target=enter)
    ours.start()
    order.append("theirs")
    assert ours.is_alive()
    other.kill()
    other.communicate()
    ours.join(10)
    assert order == ["theirs", "ours"]


def test_waiting_has_a_timeout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "PATIENCE", 0.05)
    with alone(tmp_path), alone(tmp_path):
        pass


def test_an_error_inside_is_raised_and_releases_the_lock(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), alone(tmp_path):
        raise OSError("full")
    with alone(tmp_path):
        pass


def test_without_file_locks_there_is_no_wait(tmp_path: Path) -> None:
    with alone(tmp_path / "is not there"), alone(tmp_path / "is not there"):
        pass
