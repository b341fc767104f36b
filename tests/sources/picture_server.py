"""A server of pictures on the loopback, which answers as each test wants."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from spacy_ita.sources.http.fetching import HTTPLimits

PUBLIC = "127.0.0.2"
"""Where the server listens; in the tests, this address counts as public, and 127.0.0.1 doesn't."""


QUICK = HTTPLimits(seconds=2.0, backoff=0.01, rate=1000.0)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # noqa: N802 - name of the library
        self.server.asked.append((self.path, self.headers.get("Host")))
        self.server.answer(self)

    do_POST = do_HEAD = do_GET  # noqa: N815 - names of the library

    def log_message(self, *args):
        pass

    def send(self, status, body=b"", **headers):
        self.send_response(status)
        headers = {"Content_Length": str(len(body)), **headers}
        for name, value in headers.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Ignore clients that leave, as the tests make them do."""


@contextmanager
def serving(answer, host=PUBLIC):
    """Run a server; `answer` gets each request's handler."""
    with Server((host, 0), Handler) as server:
        server.answer, server.asked = answer, []
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def url(server, host="pictures.example", path="/a.png"):
    """The URL of a picture, by a name that the tests resolve."""
    return f"http://{host}:{server.server_port}{path}"
