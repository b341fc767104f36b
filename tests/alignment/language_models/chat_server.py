"""A local chat completion server with scripted answers and faults."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

SIGHT = {
    "captions": ["Coldplay on a stage in London", " a band  plays ", "a band plays"],
    "tags": [{"label": "stage", "attribute": "bright"}, {"label": "man", "attribute": ""}],
    "lettering": ["LONDON 2016", ""],
}


def completion(content, **choice):
    """The body of an answer whose text is `content`, as JSON unless it is a string."""
    text = content if isinstance(content, str) else json.dumps(content)
    message = {"role": "assistant", "content": text}
    return {
        "id": "1",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", **choice}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 20, "total_tokens": 120},
    }


class ChatServer(ThreadingHTTPServer):
    """`behave(number, body)` gives status, headers and body of the answer to each request.

    The body is bytes, or what JSON is made of, or an iterator of bytes that go out one by one; with
    the status 0 they are the answer from its first byte.
    """

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server_port}/v1"
        self.requests = []
        self.keys = []
        self.busy = self.most_busy = 0
        self.lock = threading.Lock()
        self.behave = answer_well

    def handle_error(self, request, client_address):
        """Ignore clients that hang up."""


class Handler(BaseHTTPRequestHandler):
    def do_POST(self):  # noqa: N802 - the base class's name
        server = self.server
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        with server.lock:
            server.requests.append(body)
            server.keys.append(self.headers["Authorization"])
            number = len(server.requests)
            server.busy += 1
            server.most_busy = max(server.most_busy, server.busy)
        try:
            status, headers, answer = server.behave(number, body)
        finally:
            with server.lock:
                server.busy -= 1
        if not isinstance(answer, Iterator):
            data = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            headers = {"Content-Length": str(len(data)), **headers}
            answer = iter([data])
        if status:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
        for part in answer:
            self.wfile.write(part)

    def log_message(self, *args):
        """Log nothing."""


def answer_well(number, body):
    time.sleep(0.02)
    schema = body["response_format"]["json_schema"]["schema"]
    if "knowledge" in schema["properties"]:
        return 200, {}, completion({"knowledge": "Coldplay is a band."})
    return 200, {}, completion(SIGHT)


@contextmanager
def serving():
    """A running server."""
    with ChatServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
