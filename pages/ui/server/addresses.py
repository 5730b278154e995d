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
