"""Pictures from the web: what is fetched, and within which limits."""

import threading
import time
from email.utils import formatdate

import pytest
from picture_bytes import picture_bytes
from picture_server import QUICK, serving, url

from spacy_ita.alignment.picture import Picture
from spacy_ita.alignment.prefetching import prefetch
from spacy_ita.sources import PictureError, read_source
from spacy_ita.sources.http import fetching, recent
from spacy_ita.sources.http.fetching import HTTPLimits, fetch
from spacy_ita.sources.http.host_rates import HostRates
from spacy_ita.sources.http.recent import RecentPictures
from spacy_ita.sources.http.retry_after import seconds_to_wait

RED = picture_bytes()


def test_a_picture_is_fetched_if_asked_for(resolved, monkeypatch):
    monkeypatch.setattr(fetching, "LIMITS", QUICK)
    with serving(lambda request: request.send(200, RED)) as server:
        address = url(server, path="/ä b.png?size=1&name=é#part")
        with pytest.raises(PictureError, match="--allow-http"):
            read_source(address)
        assert server.asked == []
        assert read_source(address, allow_http=True) == RED
        assert Picture(address, allow_http=True).image.size == (8, 6)
    path, host = server.asked[0]
    assert path == "/%C3%A4%20b.png?size=1&name=%C3%A9"
    assert host == f"pictures.example:{server.server_port}"


def test_redirects_are_followed_up_to_a_limit(resolved):
    def answer(request):
        left = int(request.path.strip("/"))
        if left:
            request.send(301, Location=f"/{left - 1}")
        else:
            request.send(200, RED)

    with serving(answer) as server:
        assert fetch(url(server, path="/5"), QUICK) == RED
        with pytest.raises(PictureError, match="more than 5 redirects"):
            fetch(url(server, path="/6"), QUICK)


def test_a_second_address_is_tried_if_the_first_does_not_answer(resolved):
    with serving(lambda request: request.send(200, RED)) as server:
        assert fetch(url(server, "second.example"), QUICK) == RED


def test_a_slow_drip_ends_at_the_limit(resolved):
    def answer(request):
        request.send(200, Content_Length="1000000")
        for _ in range(200):
            request.wfile.write(b"x")
            time.sleep(0.05)

    limits = HTTPLimits(seconds=0.3, tries=1)
    with serving(answer) as server:
        start = time.monotonic()
        with pytest.raises(
            PictureError, match="not complete within 0.3 seconds after one try"
        ) as c:
            fetch(url(server), limits)
        assert time.monotonic() - start < 2
    assert c.value.kind == "timed out"


def test_a_drip_of_headers_ends_at_the_limit(resolved):
    def answer(request):
        request.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(200):
            request.wfile.write(b"X-%d: 1\r\n" % number)
            time.sleep(0.05)

    with serving(answer) as server, pytest.raises(PictureError, match=r"within 0\.3 seconds"):
        fetch(url(server), HTTPLimits(seconds=0.3, tries=1))


@pytest.mark.parametrize("length", ["1001", None])
def test_too_many_bytes_are_not_read(resolved, length):
    def answer(request):
        request.close_connection = True
        request.send(200, b"x" * 5000, Content_Length=length)

    with (
        serving(answer) as server,
        pytest.raises(PictureError, match="than 1000 bytes") as caught,
    ):
        fetch(url(server), HTTPLimits(size=1000))
    assert caught.value.kind == "too large"


def test_a_compressed_bomb_is_not_unpacked(resolved):
    import gzip

    packed = gzip.compress(b"\0" * 10**7)

    def answer(request):
        assert request.headers["Accept-Encoding"] == "identity"
        request.send(200, packed, Content_Encoding="gzip")

    with serving(answer) as server:
        assert fetch(url(server), HTTPLimits(size=20_000)) == packed


def test_a_picture_of_too_many_pixels_is_not_decoded(resolved, monkeypatch):
    monkeypatch.setattr("spacy_ita.alignment.picture.MAX_PIXELS", 10)
    with serving(lambda request: request.send(200, RED)) as server:
        picture = Picture(url(server), allow_http=True)
        with pytest.raises(PictureError, match="8 x 6 pixels are more"):
            _ = picture.image


def failing(*answers):
    left = list(answers)

    def answer(request):
        status, headers = left.pop(0) if left else (200, {})
        request.send(status, RED, **headers)

    return answer


def test_errors_of_the_server_are_retried(resolved):
    with serving(failing((503, {}), (429, {"Retry_After": "0.2"}), (500, {}))) as server:
        start = time.monotonic()
        assert fetch(url(server), QUICK) == RED
        assert time.monotonic() - start >= 0.2
        assert len(server.asked) == 4


def test_tries_end_and_are_counted(resolved):
    with serving(failing(*[(503, {})] * 9)) as server:
        with pytest.raises(PictureError, match="answers 503 after 4 tries") as caught:
            fetch(url(server), QUICK)
        assert len(server.asked) == 4
    assert caught.value.kind == "HTTP status"


def test_a_server_that_asks_to_wait_too_long_is_left_alone(resolved):
    with serving(failing((429, {"Retry_After": "3600"}))) as server:
        with pytest.raises(PictureError, match="after one try; it asks to wait 3600 seconds"):
            fetch(url(server), QUICK)
        assert len(server.asked) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 204])
def test_other_statuses_are_not_retried(resolved, status):
    with serving(failing((status, {}))) as server:
        with pytest.raises(PictureError, match=f"answers {status}"):
            fetch(url(server), QUICK)
        assert len(server.asked) == 1


def test_a_closed_port_and_an_unknown_host(resolved):
    with serving(failing()) as server:
        closed = url(server)
    with pytest.raises(PictureError, match="no answer .* after 2 tries") as caught:
        fetch(closed, HTTPLimits(tries=2, backoff=0.01))
    assert caught.value.kind == "unreachable"
    with pytest.raises(PictureError, match="can't be resolved"):
        fetch("http://nowhere.invalid/a.png", QUICK)


def test_a_server_that_hangs_up_is_retried(resolved):
    answers = iter([True, False])

    def answer(request):
        if next(answers):
            request.close_connection = True
        else:
            request.send(200, RED)

    with serving(answer) as server:
        assert fetch(url(server), QUICK) == RED


def test_each_picture_is_fetched_once_for_all_pipes(resolved):
    with serving(lambda request: request.send(200 if "a" in request.path else 404, RED)) as server:
        for _ in range(3):
            assert read_source(url(server), allow_http=True) == RED
            with pytest.raises(PictureError, match="answers 404"):
                read_source(url(server, path="/b.png"), allow_http=True)
        assert sorted(path for path, _ in server.asked) == ["/a.png", "/b.png"]
        with pytest.raises(PictureError, match="--allow-http"):
            read_source(url(server))


def test_kept_pictures_have_limits(monkeypatch):
    asked = []
    kept = RecentPictures(lambda url: asked.append(url) or b"12345")
    monkeypatch.setattr(recent, "MAX_BYTES", 12)
    for name in ("a", "b", "a", "c", "a", "b"):
        assert kept.get(name) == b"12345"
    assert asked == ["a", "b", "c", "a", "b"]


def test_pictures_of_a_batch_are_fetched_at_once(resolved):
    together = threading.Barrier(4)

    def answer(request):
        # one after another, the first would wait for the others in vain
        together.wait(10)
        request.send(200, RED)

    with serving(answer) as server:
        pictures = [Picture(url(server, path=f"/{n}.png"), allow_http=True) for n in range(4)]
        prefetch(pictures)
        assert [picture.data for picture in pictures] == [RED] * 4
        assert len(server.asked) == 4


def test_the_rate_of_each_host():
    rates = HostRates(20)
    start = time.monotonic()
    for _ in range(4):
        rates.wait("a")
        rates.wait("b")
    assert 0.14 <= time.monotonic() - start < 0.6


def test_the_header_retry_after():
    assert seconds_to_wait("3") == 3
    assert 50 < seconds_to_wait(formatdate(time.time() + 60, usegmt=True)) <= 60
    assert [seconds_to_wait(value) for value in ("", "-3", "nan", "soon", "Mon, 99")] == [0] * 5
