"""Links for sharing: reachable by others, or marked as local."""

from types import SimpleNamespace

import psutil
import pytest

from pages.ui.server import addresses

INET, LINK = 2, 17  # address families


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the computer one network address."""
    entries = {"lo": ["127.0.0.1"], "docker": ["169.254.7.7"], "wifi": ["192.168.1.20"]}
    found = {
        name: [SimpleNamespace(family=INET, address=one) for one in those]
        for name, those in entries.items()
    }
    found["wifi"].append(SimpleNamespace(family=LINK, address="aa:bb"))
    monkeypatch.setattr(psutil, "net_if_addrs", lambda: found)


def listen(monkeypatch: pytest.MonkeyPatch, address: str | None) -> None:
    monkeypatch.setattr(addresses.st, "get_option", lambda _name: address)


@pytest.mark.parametrize(
    ("address", "private"),
    [
        *(("localhost", True), ("127.0.0.1", True), ("::1", True)),
        *(("0.0.0.0", False), ("192.168.1.20", False), (None, False)),
    ],
)
def test_a_server_on_loopback_is_private(
    monkeypatch: pytest.MonkeyPatch, address: str | None, private: bool
) -> None:
    listen(monkeypatch, address)
    assert addresses.is_private() is private


@pytest.mark.parametrize(
    ("url", "address", "expected"),
    [
        ("http://localhost:8501/train", "localhost", ("http://localhost:8501", False)),
        ("http://localhost:8501/train", "0.0.0.0", ("http://192.168.1.20:8501", True)),
        ("http://127.0.0.1/", "0.0.0.0", ("http://192.168.1.20", True)),
        ("https://lab.example/x?run=1", "localhost", ("https://lab.example", True)),
        ("http://192.168.1.7:8501/", "0.0.0.0", ("http://192.168.1.7:8501", True)),
    ],
)
def test_the_start_of_an_address_to_pass_on(
    network: None,
    monkeypatch: pytest.MonkeyPatch,
    url: str,
    address: str,
    expected: tuple[str, bool],
) -> None:
    listen(monkeypatch, address)
    assert addresses.shared_base(url) == expected


def test_without_a_network_the_address_is_local(monkeypatch: pytest.MonkeyPatch) -> None:
    listen(monkeypatch, "0.0.0.0")
    monkeypatch.setattr(psutil, "net_if_addrs", dict)
    assert addresses.shared_base("http://localhost:8501/") == ("http://localhost:8501", False)


@pytest.mark.parametrize(
    ("url", "address", "expected"),
    [
        ("http://localhost:8501/classroom", "0.0.0.0", ["http://192.168.1.20:8501"]),
        ("http://localhost:8501/classroom", "localhost", []),
        ("http://teachers-pc:8501/", "0.0.0.0", ["http://192.168.1.20:8501"]),
        ("http://teachers-pc.local:8501/", "0.0.0.0", ["http://192.168.1.20:8501"]),
        ("http://10.1.2.3:8501/", "0.0.0.0", ["http://10.1.2.3:8501", "http://192.168.1.20:8501"]),
        ("http://192.168.1.20:8501/", "0.0.0.0", ["http://192.168.1.20:8501"]),
        ("https://lab.school.example/x", "localhost", ["https://lab.school.example"]),
    ],
)
def test_phones_get_addresses_that_they_can_resolve(
    network: None, monkeypatch: pytest.MonkeyPatch, url: str, address: str, expected: list[str]
) -> None:
    listen(monkeypatch, address)
    assert addresses.reachable_bases(url) == expected


def test_addresses_of_containers_come_last(monkeypatch: pytest.MonkeyPatch) -> None:
    listen(monkeypatch, "0.0.0.0")
    found = ["172.17.0.1", "203.0.113.9", "192.168.1.20"]
    monkeypatch.setattr(addresses, "network_addresses", lambda: found)
    hosts = [base.rpartition("/")[2] for base in addresses.reachable_bases("http://localhost/")]
    assert hosts == ["192.168.1.20", "203.0.113.9", "172.17.0.1"]
