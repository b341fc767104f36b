"""Warnings of a command have no line of code."""

import warnings

from spacy_ita.cli.shared.files import one_line_errors


def shown(category):
    return warnings.formatwarning("no memory: \udcff.jpg", category, "chat.py", 3, "self._read()")


def test_a_warning_is_its_message():
    before = shown(UserWarning)
    with one_line_errors():
        assert shown(UserWarning) == "⚠ no memory: \\udcff.jpg\n"
        # those for programmers
        assert "chat.py:3: DeprecationWarning" in shown(DeprecationWarning)
    assert shown(UserWarning) == before
