"""A vision-language model in this process, by tiny models of the real classes."""

import copy
import json
import pickle
import shutil
import warnings
from pathlib import Path

import pytest
import spacy
import torch
from chat_models import ANSWERS
from chat_pipes import PIPES, align, is_right, pipeline
from PIL import Image

from spacy_ita.alignment.language_models import chat, chat_model, json_grammar
from spacy_ita.alignment.language_models.answer_store import AnswerStore
from spacy_ita.alignment.language_models.chat import HFChat
from spacy_ita.alignment.language_models.few_shot import FewShotKnowledge
from spacy_ita.alignment.language_models.schema import Post, Sight
from spacy_ita.alignment.picture import Picture
from spacy_ita.pipeline.loading import load_aligners

CONFIGS = Path(__file__).parents[3] / "configs"
constraining = pytest.mark.skipif(not json_grammar.available(), reason="needs xgrammar")


@pytest.fixture(params=["trained_llava", "trained_smolvlm"])
def trained(request):
    return request.getfixturevalue(request.param)


@pytest.mark.slow
@pytest.mark.parametrize("constrained", [pytest.param(True, marks=constraining), False])
def test_one_request_a_picture_answers_four_pipes(trained, colours, calls, constrained):
    nlp = pipeline(trained, constrained=constrained)
    docs = align(nlp, colours)
    assert all(is_right(doc, colour) for doc, colour in zip(docs, ANSWERS, strict=True))
    assert calls == [2]
    models = {id(nlp.get_pipe(name).backend.model) for name in nlp.pipe_names}
    assert len(models) == 1


def test_the_published_config(llava, colours, eloquent):
    nlp = load_aligners(str(CONFIGS / "align_vlm.cfg"), {"paths.vlm": str(llava)})
    assert is_right(align(nlp, colours)[0], "red") and eloquent == [2]


@pytest.mark.slow
def test_a_moved_pipeline_has_one_copy_of_the_model(trained_llava, colours, tmp_path):
    source = shutil.copytree(trained_llava, tmp_path / "source")
    nlp = pipeline(source)
    align(nlp, colours)
    identities = [nlp.get_pipe(name).backend.identity for name in PIPES]
    for _ in range(2):
        nlp.to_disk(tmp_path / "model")
    stored, config = nlp.to_bytes(), nlp.config
    shutil.rmtree(source)
    shutil.move(tmp_path / "model", tmp_path / "moved")
    assert len(list((tmp_path / "moved").rglob("*.safetensors"))) == 1
    from_bytes = spacy.blank("en").from_config(config).from_bytes(stored)
    spacy.load(tmp_path / "moved").to_disk(tmp_path / "again")
    others = [from_bytes, spacy.load(tmp_path / "moved"), spacy.load(tmp_path / "again")]
    others += [copy.deepcopy(nlp), pickle.loads(pickle.dumps(nlp))]
    for other in others:
        assert is_right(align(other, colours)[1], "blue")
        assert [other.get_pipe(name).backend.identity for name in PIPES] == identities
    # without the pipe that has the weights
    alone = spacy.load(tmp_path / "moved")
    alone.remove_pipe("image_objects")
    alone.to_disk(tmp_path / "alone")
    assert align(spacy.load(tmp_path / "alone"), colours)[0]._.image_knowledge
    docs = [nlp.make_doc("one tweet") for _ in colours]
    for doc, path in zip(docs, colours, strict=True):
        doc._.image_path = path
    found = spacy.load(tmp_path / "moved").pipe(docs, n_process=2, batch_size=1)
    assert all(is_right(doc, colour) for doc, colour in zip(found, ANSWERS, strict=True))


@constraining
@pytest.mark.parametrize("folder", ["llava", "smolvlm"])
def test_a_model_of_random_weights_writes_json_if_constrained(folder, colours, request):
    backend = HFChat(str(request.getfixturevalue(folder)), "captions", max_new_tokens=24)
    with pytest.warns(UserWarning, match=r"red.png was cut after 24 subwords.*max_new_tokens"):
        found = backend([Picture(path) for path in colours])
    assert all(isinstance(caption["text"], str) for items in found for caption in items)


@constraining
def test_constrained_answers_begin_as_the_schema_does(smolvlm, colours):
    model = HFChat(str(smolvlm), "ocr").model
    model.load()
    images = [Picture(path).image for path in colours]
    for form in (Sight, Post):
        request = chat_model.Request(form, None, 40, 8)
        for [answer] in model.write(images, ["a", "a longer prompt"], request):
            assert answer.text.startswith('{"captions": [') and answer.cut


def test_a_batch_says_what_each_picture_says_alone(smolvlm, colours):
    """Prompts and pictures of different lengths, padded on the left."""
    model = HFChat(str(smolvlm), "captions").model
    model.load()
    prompts = ["a", "a much longer prompt, so that the other row is padded"]
    images = [Image.new("RGB", size, "red") for size in ((30, 30), (90, 20))]
    request = chat_model.Request(None, None, 12, 2)
    together = list(model.write(images, prompts, request))
    alone = [next(model.write([i], [p], request)) for i, p in zip(images, prompts, strict=True)]
    assert together == alone and together[0] != together[1]


def test_objects_captions_and_ocr_need_no_text(llava, colours, eloquent):
    backends = [HFChat(str(llava), part, one_request=False) for part in PIPES.values()]
    assert [backend.reads_text for backend in backends] == [False, False, False, True]
    for backend in backends:
        for text in ("one tweet", "another"):
            assert backend([Picture(colours[0], text)])[0]
    # a picture's, and one for each text
    assert eloquent == [1, 1, 1]


def test_answers_are_cached_by_picture_and_text(llava, colours, eloquent, tmp_path):
    expected = align(pipeline(llava, cache=tmp_path / "cache.db"), colours)
    chat._SHARED.clear()
    again = align(pipeline(llava, cache=tmp_path / "cache.db"), colours)
    assert [doc._.image_ocr for doc in again] == [doc._.image_ocr for doc in expected]
    assert is_right(again[0], "red") and eloquent == [2]
    align(pipeline(llava, cache=tmp_path / "cache.db"), colours, "another tweet")
    assert eloquent == [2, 2]


def test_identity_follows_weights_and_settings(llava, smolvlm):
    def identity(folder=llava, part="ocr", **settings):
        return HFChat(str(folder), part, **settings).identity

    assert identity() == identity(batch_size=3)
    # without xgrammar, answers are repaired either way
    assert (identity(constrained=False) != identity()) == json_grammar.available()
    others = ({"one_request": False}, {"max_side": 9}, {"dtype": "float16"})
    for other in (*others, {"max_new_tokens": 9}, {"folder": smolvlm}, {"part": "captions"}):
        assert identity(**other) != identity()
    json.dumps(identity())


def test_a_changed_chat_template_is_another_model(llava, tmp_path):
    folder = shutil.copytree(llava, tmp_path / "copy")
    before = HFChat(str(folder), "ocr").identity
    [template] = folder.glob("chat_template.*")
    template.write_text(template.read_text().replace("assistant", "helper"))
    assert HFChat(str(folder), "ocr").identity != before


def test_several_paragraphs_are_sampled_and_seeded(llava, colours):
    model = HFChat(str(llava), "knowledge").model
    model.load()

    def ask(paths, seed=0):
        few_shot = FewShotKnowledge(paragraphs=3, seed=seed)
        asked = {"knowledge": few_shot, "constrained": False, "max_new_tokens": 9}
        # nothing of an earlier call
        model.answers = AnswerStore()
        return HFChat(str(llava), "knowledge", **asked)([Picture(path, "a") for path in paths])

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "the answer about")
        state = torch.random.get_rng_state()
        first = ask(colours)
        assert torch.equal(torch.random.get_rng_state(), state)
        # whatever the neighbours are
        assert ask(colours[::-1]) == first[::-1]
        assert all(2 <= len(paragraphs) <= 3 for paragraphs in first)
        assert ask(colours, seed=1) != first


def test_a_registered_backend(llava, colours, eloquent):
    few_shot = {"@misc": "spacy_ita.FewShotKnowledge.v1"}
    nlp = pipeline(llava, ["image_knowledge"], knowledge=few_shot)
    assert align(nlp, colours)[0]._.image_knowledge == [{"text": "Coldplay is a band."}]
    with pytest.raises(ValueError, match="only the part 'knowledge' takes a `knowledge`"):
        pipeline(llava, ["image_ocr"], knowledge=few_shot)
