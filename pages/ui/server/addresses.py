"""Addresses of this server: for this computer alone, or for others too. Any thread."""

import socket
from ipaddress import ip_address
from urllib.parse import urlsplit

import psutil
import streamlit as st


def is_loopback(host: str) -> bool:
    """True if a host name reaches no other computer than the one that asks."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_private() -> bool:
    """True if the server answers only this computer."""
    return is_loopback(st.get_option("server.address") or "")


def network_addresses() -> list[str]:
    """Return the IPv4 addresses of this computer that others may reach."""
    found = [
        ip_address(entry.address)
        for entries in psutil.net_if_addrs().values()
        for entry in entries
        if entry.family == socket.AF_INET
    ]
    return [str(one) for one in found if not (one.is_loopback or one.is_link_local)]


def shared_base(url: str) -> tuple[str, bool]:
    """Return the start of an address to pass on, and True if others can reach it.

    `url` is the address in the browser that asks.
    """
    address = urlsplit(url)
    base = f"{address.scheme}://{address.netloc}"
    if not is_loopback(address.hostname or ""):
        return base, True
    others = [] if is_private() else network_addresses()
    port = f":{address.port}" if address.port else ""
    return (f"{address.scheme}://{others[0]}{port}", True) if others else (base, False)


def reachable_bases(url: str) -> list[str]:
    """Return starts of addresses that phones can reach, the likeliest first; none if private.

    `url` is the address in the browser that asks. A host name without a dot, or one of ".local",
    is replaced by this computer's addresses, since many phones cannot resolve it.
    """
    address = urlsplit(url)
    host = address.hostname or ""
    port = f":{address.port}" if address.port else ""
    own = [] if is_loopback(host) or _is_local_name(host) else [f"{address.scheme}://{host}{port}"]
    if own and not _is_ip(host):
        return own  # a name that a name server knows
    others = [] if is_private() else sorted(network_addresses(), key=_unlikely)
    return list(dict.fromkeys([*own, *(f"{address.scheme}://{one}{port}" for one in others)]))


def _is_ip(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _is_local_name(host: str) -> bool:
    return not _is_ip(host) and ("." not in host or host.lower().endswith(".local"))


def _unlikely(address: str) -> int:
    """Return how unlikely it is that phones share a network with an address."""
    common = ("192.168.", "10.")
    containers = tuple(f"172.{n}." for n in range(16, 32))
    return 0 if address.startswith(common) else 2 if address.startswith(containers) else 1
