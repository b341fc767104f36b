"""Tiny models of the families that `docs/vision_language_models.md` names."""

import pytest
from PIL import Image

from spacy_ita.alignment.language_models import chat_model, json_grammar
from spacy_ita.alignment.language_models.chat import HFChat
from spacy_ita.alignment.language_models.schema import Post
from spacy_ita.errors import BackendError

FAMILIES = ["llava", "smolvlm", "gemma_3", "internvl", "qwen_2_5", "qwen_3", "smolvlm_2"]


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
def test_a_batch_says_what_each_picture_says_alone(family, request):
    """Prompts and pictures of different lengths, padded on the left, answered in JSON."""
    model = HFChat(str(request.getfixturevalue(family)), "captions").model
    model.load()
    prompts = ["a", "a much longer prompt, so that the other row is padded"]
    images = [Image.new("RGB", size, "red") for size in ((60, 40), (90, 20))]
    form = Post if json_grammar.available() else None
    asked = chat_model.Request(form, None, 24, 2)
    together = list(model.write(images, prompts, asked))
    alone = [next(model.write([i], [p], asked)) for i, p in zip(images, prompts, strict=True)]
    assert together == alone and all(answer.cut for [answer] in together)
    if form is not None:
        assert all(answer.text.startswith('{"captions": [') for [answer] in together)


@pytest.mark.slow
def test_florence_2_is_refused(florence_2):
    with pytest.raises(BackendError, match="no chat template: take a model that was trained to"):
        HFChat(str(florence_2), "captions").load()
