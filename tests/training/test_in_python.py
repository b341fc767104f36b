"""Training in Python alone, as the README shows it: no config, no corpus file."""

import re
from pathlib import Path

import pytest

README = Path(__file__).parents[2] / "README.md"


@pytest.mark.slow
def test_a_few_updates_learn_what_the_picture_tells(bert_folder):
    blocks = re.findall(r"^```python\n(.*?)^```", README.read_text("utf8"), re.M | re.S)
    (code,) = (block for block in blocks if "nlp.initialize" in block)
    shown: dict = {}
    exec(code.replace("training/minilm", str(bert_folder)), shown)
    assert shown["nlp"].evaluate(shown["examples"])["ents_f_image"] == 1.0
