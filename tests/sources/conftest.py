"""A resolver of made-up names, for which one address of the loopback counts as public."""

import socket

import pytest
from picture_server import PUBLIC

from spacy_ita.sources.http import addresses, fetching

ADDRESSES = {
    "pictures.example": [PUBLIC],
    "inside.example": ["10.0.0.1"],
    "two.example": [PUBLIC, "127.0.0.1"],
    "second.example": ["127.0.0.3", PUBLIC],
}


@pytest.fixture
def hosts():
    """The addresses of each made-up name, which a test may change."""
    return {name: list(found) for name, found in ADDRESSES.items()}


@pytest.fixture
def resolved(monkeypatch, hosts):
    """The hosts that were resolved, by a resolver that knows the names above."""
    asked = []
    resolve = socket.getaddrinfo

    def getaddrinfo(host, port, *args, **options):
        asked.append(host)
        found = hosts.get(host, [host])
        return [entry for address in found for entry in resolve(address, port, *args, **options)]

    fetching.RECENT.forget()
    is_public = addresses.is_public
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    monkeypatch.setattr(
        addresses, "is_public", lambda ip: ip in (PUBLIC, "127.0.0.3") or is_public(ip)
    )
    return asked
