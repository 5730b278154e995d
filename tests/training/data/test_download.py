"""Fetching: verified and written whole, or a sentence; never half a file."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training.data import download
from training.data.download import Download, DownloadFailed

ROOT = Path(__file__).resolve().parents[3]
Split = tuple[np.ndarray, np.ndarray]


def ignore(_line: Mapping[str, Any]) -> None:
    pass


def made(name: str) -> tuple[Split, Split]:
    rng = np.random.default_rng(0)
    return (
        (rng.integers(0, 256, (60_000, 28, 28), np.uint8), np.arange(60_000) % 10),
        (rng.integers(0, 256, (10_000, 28, 28), np.uint8), np.arange(10_000) % 10),
    )


def as_bytes(name: str) -> tuple[Split, Split]:
    (x, y), (x_test, y_test) = made(name)
    return (x, y.astype(np.uint8)), (x_test, y_test.astype(np.uint8))


def test_another_sets_images_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed):
        download.download_dataset("mnist", tmp_path / "mnist.npz", ignore, as_bytes)
    assert not (tmp_path / "mnist.npz").exists()


def test_what_is_verified_is_written_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (x, _y), _test = as_bytes("mnist")
    monkeypatch.setitem(download.TRAINING_IMAGES_MD5, "mnist", download._md5(x))  # type: ignore[arg-type]
    path = download.download_dataset("mnist", tmp_path / "new" / "mnist.npz", ignore, as_bytes)
    with np.load(path) as archive:
        assert (archive["x_train"] == x).all()
    assert [p.name for p in path.parent.iterdir()] == ["mnist.npz"]


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_the_real_images_pass_the_check(name: str, real_data: Path, tmp_path: Path) -> None:
    def as_keras_loads(_name: str) -> tuple[Split, Split]:
        with np.load(real_data / f"{name}.npz") as archive:
            return (archive["x_train"], archive["y_train"]), (archive["x_test"], archive["y_test"])

    path = download.download_dataset(name, tmp_path / f"{name}.npz", ignore, as_keras_loads)
    with np.load(path) as archive:
        assert archive["x_train"].shape == (60_000, 28, 28)


def broken(_name: str) -> tuple[Split, Split]:
    raise OSError("the line is dead")


def test_no_network_is_a_sentence_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(DownloadFailed, match=r"mnist\.npz"):
        download.download_dataset("mnist", tmp_path / "mnist.npz", ignore, broken)


def test_a_real_process_without_network_ends_with_a_sentence(tmp_path: Path) -> None:
    nowhere = "http://127.0.0.1:9"
    env = {**os.environ, "HTTPS_PROXY": nowhere, "https_proxy": nowhere}
    out = subprocess.run(
        [sys.executable, "-m", "training.data.download", "mnist", "--data", str(tmp_path)],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert out.returncode == 1
    assert '"error"' in out.stdout.splitlines()[-1]
    assert "Traceback" not in out.stdout


def follow(code: str, tmp_path: Path) -> download.DownloadProgress:
    return Download("mnist", tmp_path, command=[sys.executable, "-c", code]).wait(30)


def test_progress_is_followed(tmp_path: Path) -> None:
    now = follow("""print('noise\\n{"file": "a", "done": 5, "total": 10}')""", tmp_path)
    assert (now.file, now.done, now.total, now.error, now.finished) == ("a", 5, 10, None, True)


def test_an_error_is_passed_on(tmp_path: Path) -> None:
    assert follow("""print('{"error": "No network."}')""", tmp_path).error == "No network."


def test_a_process_that_dies_silently_is_an_error(tmp_path: Path) -> None:
    now = follow("import sys; sys.exit(3)", tmp_path)
    assert now.finished
    assert now.error is not None
    assert "3" in now.error
