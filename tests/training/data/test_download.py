"""Downloads: verified, written completely, resumed, or an error message."""

import gzip
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.support.data_server import DataServer, data_server, publish
from training.data import download
from training.data.datasets import cache_dir, load, source_path
from training.data.download import DownloadFailed, download_dataset

NOWHERE = "http://127.0.0.1:9/"  # no service uses this port


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[DataServer]:
    monkeypatch.setenv("SOFTMAX_LAB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(download, "downloads", {})
    with data_server(monkeypatch) as served:
        yield served


def leftovers() -> list[Path]:
    return list((cache_dir() / "downloads").iterdir())


@pytest.mark.parametrize("name", ["mnist", "fashion_mnist", "kmnist"])
def test_a_download_is_shared_verified_and_written_whole(
    name: str, server: DataServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrays = publish(monkeypatch, server, name)
    running = download.start(name)
    assert download.start(name) is running is download.latest(name)
    running.join(30)
    now = running
    assert (now.error, now.finished) == (None, True)
    assert now.file == list(server.files)[-1]
    assert now.done == now.total == sum(map(len, server.files.values()))
    data = load(name)
    for key, array in arrays.items():
        np.testing.assert_array_equal(getattr(data, key), array)
    assert [p.name for p in source_path(name).parent.iterdir()] == [f"{name}.npz"]
    assert leftovers() == []


@pytest.mark.realdata
@pytest.mark.parametrize("name", ["mnist", "fashion_mnist"])
def test_the_real_images_have_the_published_checksum(name: str) -> None:
    assert download.images_md5(load(name).x_train) == download.TRAINING_IMAGES_MD5[name]


def test_an_interrupted_download_goes_on_where_it_ended(
    server: DataServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publish(monkeypatch, server)
    server.cut = 5_000
    target = tmp_path / "new" / "mnist.npz"
    with pytest.raises(DownloadFailed, match=r"could not be downloaded .*after 5,000 bytes"):
        download_dataset("mnist", target, lambda _file, _done: None)
    assert not target.exists()
    download_dataset("mnist", target, lambda _file, _done: None)
    assert server.ranges == ["bytes=0-", "bytes=5000-"]
    assert target.exists()


@pytest.mark.parametrize("fault", ["another set's images", "no archive"])
def test_what_fails_the_check_is_not_kept(
    fault: str, server: DataServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = download.TRAINING_IMAGES_MD5
    publish(monkeypatch, server)
    if fault == "no archive":
        server.files["mnist.npz"] = bytes(len(server.files["mnist.npz"]))
    else:
        monkeypatch.setattr(download, "TRAINING_IMAGES_MD5", known)
    with pytest.raises(DownloadFailed, match=r"arrived damaged.* put mnist\.npz at"):
        download_dataset("mnist", tmp_path / "mnist.npz", lambda _file, _done: None)
    assert not (tmp_path / "mnist.npz").exists()
    assert leftovers() == []


@pytest.mark.parametrize("file", range(4))
def test_each_file_of_kmnist_is_checked(
    file: int, server: DataServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publish(monkeypatch, server, "kmnist")
    name = list(server.files)[file]
    content = gzip.decompress(server.files[name])
    changed = gzip.compress(content[:-1] + bytes([content[-1] ^ 1]), 1)
    server.files[name] = changed
    sizes = {**download.FILES["kmnist"], name: len(changed)}
    monkeypatch.setattr(download, "FILES", {**download.FILES, "kmnist": sizes})
    with pytest.raises(DownloadFailed, match="arrived damaged"):
        download_dataset("kmnist", tmp_path / "kmnist.npz", lambda _file, _done: None)
    assert not (tmp_path / "kmnist.npz").exists()
    assert leftovers() == []


def test_files_of_one_name_do_not_mix(
    server: DataServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    publish(monkeypatch, server, "fashion_mnist")
    server.cut = 5_000
    with pytest.raises(DownloadFailed, match="could not be downloaded"):
        download_dataset("fashion_mnist", tmp_path / "fashion_mnist.npz", lambda _file, _done: None)
    publish(monkeypatch, server, "kmnist")
    download_dataset("kmnist", tmp_path / "kmnist.npz", lambda _file, _done: None)
    assert (tmp_path / "kmnist.npz").exists()


def test_no_network_is_a_sentence_that_says_what_to_do(
    server: DataServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(download, "ADDRESS", NOWHERE)
    now = download.start("mnist")
    now.join(30)
    assert now.finished and now.error is not None
    assert "Check this computer's network" in now.error and "mnist.npz at" in now.error
    assert download.start("mnist") is not now, "it can be tried again"
