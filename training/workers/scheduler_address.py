"""Address of a Dask scheduler, with the certificates to reach it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from gettext import gettext as _
from pathlib import Path
from urllib.parse import urlsplit


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
        if not host or not port or parts.scheme not in ("tls", "tcp"):
            raise EngineError(
                _(
                    "SOFTMAX_LAB_ENGINE is {address}. That is not the address of a scheduler. "
                    "Write it like tls://10.0.0.5:8786."
                ).format(address=repr(url)[:80])
            )
        if parts.scheme == "tcp":
            if not _is_loopback(host):
                raise EngineError(
                    _(
                        "SOFTMAX_LAB_ENGINE is {address}, without encryption. Anyone who reaches "
                        "that port could run programs there. Use tls:// and certificates."
                    ).format(address=url)
                )
            return cls(url)
        names = ("SOFTMAX_LAB_TLS_CA", "SOFTMAX_LAB_TLS_CERT", "SOFTMAX_LAB_TLS_KEY")
        for name in names:
            path = environ.get(name, "")
            if not path or not Path(path).is_file():
                raise EngineError(
                    _(
                        "SOFTMAX_LAB_ENGINE needs certificates, but {name} names no file. "
                        "Set SOFTMAX_LAB_TLS_CA, SOFTMAX_LAB_TLS_CERT and SOFTMAX_LAB_TLS_KEY."
                    ).format(name=name)
                )
        return cls(url, *(environ[name] for name in names))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
