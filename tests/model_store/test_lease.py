"""A lease lives exactly as long as its process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from model_store.lease import Lease, is_alive, sweep

HOLD = """
import sys; from pathlib import Path; from model_store.lease import Lease
lease = Lease(Path(sys.argv[1])); print(lease.id, flush=True)
sys.stdin.read()
"""


def test_alive_until_closed(tmp_path: Path) -> None:
    lease = Lease(tmp_path)
    assert is_alive(tmp_path, lease.id)
    lease.close()
    assert not is_alive(tmp_path, lease.id)


def test_ends_with_a_killed_process(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        cwd=Path(__file__).resolve().parents[2],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lease_id = process.stdout.readline().strip()
    assert is_alive(tmp_path, lease_id)
    process.kill()
    process.communicate()
    assert not is_alive(tmp_path, lease_id)
    sweep(tmp_path)
    assert list((tmp_path / ".engines").iterdir()) == []


@pytest.mark.parametrize("lease_id", ["", "../x", "zz", "0" * 16])
def test_no_lease(tmp_path: Path, lease_id: str) -> None:
    assert not is_alive(tmp_path, lease_id)
