"""Pictures from the web that are refused: by their address, their redirect or their URL."""

import socket

import pytest
from picture_bytes import picture_bytes
from picture_server import PUBLIC, QUICK, serving, url

from spacy_ita.sources import PictureError, read_source
from spacy_ita.sources.http import addresses
from spacy_ita.sources.http.fetching import fetch

RED = picture_bytes()

PRIVATE = [
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_that_are_not_public(address):
    assert not addresses.is_public(address)


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "93.184.215.14", "2606:4700::1111", "64:ff9b::101:101"]
)
def test_addresses_that_are_public(address):
    assert addresses.is_public(address)


REFUSED = {
    "http://127.0.0.1/a.png": "127.0.0.1, which is not public",
    "http://2130706433/a.png": "127.0.0.1, which is not public",
    "http://0x7f.1/a.png": "127.0.0.1, which is not public",
    "http://[::1]/a.png": "::1, which is not public",
    "http://[::ffff:10.0.0.1]/a.png": "not public",
    "http://169.254.169.254/latest/meta-data": "169.254.169.254, which is not public",
    "http://inside.example/a.png": "10.0.0.1, which is not public",
    "http://two.example/a.png": "127.0.0.1, which is not public",
    "https://inside.example/a.png": "10.0.0.1, which is not public",
    "http://user:secret@pictures.example/a.png": "user and password",
    "http:///a.png": "only http and https",
    "http://pictures.example:port/a.png": "not a URL",
    "http://[::1/a.png": "not a URL",
}


@pytest.mark.parametrize("address", REFUSED)
def test_refused_before_any_connection(resolved, monkeypatch, address):
    def connect(*args, **options):
        raise AssertionError("connected")

    monkeypatch.setattr(socket, "create_connection", connect)
    with pytest.raises(PictureError, match=REFUSED[address]) as caught:
        read_source(address, allow_http=True)
    assert caught.value.kind == "refused"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("target", "cause"),
    [
        ("http://127.0.0.1:{port}/secret", "127.0.0.1, which is not public"),
        ("//127.0.0.1:{port}/secret", "127.0.0.1, which is not public"),
        ("http://inside.example/", "10.0.0.1, which is not public"),
        ("file:///etc/passwd", "only http and https are fetched, not file"),
        ("ftp://pictures.example/a.png", "only http and https are fetched, not ftp"),
        ("http://user:pass@pictures.example/", "user and password"),
    ],
)
def test_a_redirect_is_checked_again(resolved, target, cause):
    def answer(request):
        request.send(302, Location=target.format(port=request.server.server_port))

    with serving(answer) as server:
        with pytest.raises(PictureError, match=cause) as caught:
            fetch(url(server), QUICK)
        assert [path for path, _ in server.asked] == ["/a.png"]
    assert caught.value.kind == "refused"


def test_the_checked_address_is_the_one_connected_to(resolved, hosts, monkeypatch):
    answers = iter([[PUBLIC], ["127.0.0.1"], ["127.0.0.1"]])
    resolve = socket.getaddrinfo
    hosts["pictures.example"] = next(answers)
    places = []

    def rebinding(host, port, *args, **options):
        found = resolve(host, port, *args, **options)
        hosts["pictures.example"] = next(answers)
        return found

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)

    def answer(request):
        places.append(request.connection.getsockname()[0])
        request.send(200, RED)

    with serving(answer, host="0.0.0.0") as server:
        assert fetch(url(server), QUICK) == RED
    assert places == [PUBLIC]
