"""`spacy ita serve`: failures to start are errors of one line."""

import socket

import pytest
import spacy
from fastapi import FastAPI
from typer.testing import CliRunner

from spacy_ita.cli import app


@pytest.mark.parametrize(
    ("option", "value"),
    [("--port", 99_999), ("--max-waiting", -1), ("--max-seconds", -1), ("--max-megabytes", 0)],
)
def test_an_option_out_of_its_range_is_a_wrong_command_line(option, value):
    shown = CliRunner().invoke(app, ["serve", "nowhere", option, str(value)])
    assert shown.exit_code == 2 and option in shown.output


@pytest.mark.slow
def test_a_port_that_is_taken_ends_with_1(monkeypatch):
    monkeypatch.setattr(spacy, "load", lambda name: None)
    pytest.importorskip("gradio")
    monkeypatch.setattr("spacy_ita.serve.app.create_app", lambda nlp, limits: FastAPI())
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        shown = CliRunner().invoke(app, ["serve", "nowhere", "--port", str(port)])
    assert shown.exit_code == 1
