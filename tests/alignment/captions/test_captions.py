import math

import pytest
import torch
from small_encoders import TRANSFORMERS_5

from spacy_ita.alignment.captions.hf import HFCaptioner
from spacy_ita.alignment.captions.log_probabilities import mean_log_probabilities
from spacy_ita.alignment.picture import Picture
from spacy_ita.errors import BackendError


def near(found, expected):
    """Equal, up to rounding."""
    assert [item["text"] for item in found] == [item["text"] for item in expected]
    assert [item["score"] for item in found] == pytest.approx(
        [item["score"] for item in expected], abs=1e-3
    )


def test_a_batch_equals_one_by_one(captioner_folder, pictures):
    # long enough that a search that stops late in a batch would find more
    captioner = HFCaptioner(str(captioner_folder), max_new_tokens=30, min_new_tokens=2)
    seen = [Picture(path) for path in pictures[:4]]
    batch = captioner(seen)
    assert len({found[0]["text"] for found in batch}) > 1
    for picture, found in zip(seen, batch, strict=True):
        near(captioner([picture])[0], found)
    for found, expected in zip(captioner(seen[::-1]), batch[::-1], strict=True):
        near(found, expected)


def test_captions_differ_and_come_best_first(captioner_folder, pictures):
    captioner = HFCaptioner(
        str(captioner_folder), num_return_sequences=3, num_beams=4, min_new_tokens=3
    )
    for found in captioner([Picture(path) for path in pictures]):
        scores = [item["score"] for item in found]
        assert 1 <= len(found) <= 3 and scores == sorted(scores, reverse=True)
        assert all(score < 0 and type(score) is float for score in scores)
        texts = [item["text"] for item in found]
        assert len(set(texts)) == len(texts) and all(texts)
        assert not any(special in text for text in texts for special in ("[", "<", "  "))


def test_captions_do_not_depend_on_the_keeping_of_keys_and_values(captioner_folder, pictures):
    captioner = HFCaptioner(str(captioner_folder), max_new_tokens=8, min_new_tokens=2)
    seen = [Picture(path) for path in pictures[:3]]
    kept = captioner(seen)
    model = captioner.model
    # BLIP generates with the text decoder's own settings
    for part in (model, getattr(model, "text_decoder", model)):
        part.generation_config.use_cache = False
    for found, expected in zip(captioner(seen), kept, strict=True):
        near(found, expected)


def test_the_settings_of_the_checkpoint_do_not_decide(blip, pictures):
    captioner = HFCaptioner(str(blip), max_new_tokens=8)
    picture = Picture(pictures[0])
    expected = captioner([picture])
    for part in (captioner.model, captioner.model.text_decoder):
        part.generation_config.do_sample = True
        part.generation_config.num_beams = 1
        part.generation_config.length_penalty = 3.0
    assert captioner([picture]) == expected


@pytest.mark.skipif(TRANSFORMERS_5, reason="its random model says special tokens under 5")
def test_length(blip, pictures):
    captioner = HFCaptioner(str(blip), max_new_tokens=4, min_new_tokens=4)
    [found] = captioner([Picture(pictures[1])])
    assert {len(item["text"].split()) for item in found} == {4}


def test_captions_that_differ_in_case_or_spaces_are_one(blip, pictures, monkeypatch):
    captioner = HFCaptioner(str(blip), num_return_sequences=4, num_beams=4)
    captioner.load()
    texts = ["A man ", "a  man", " ", "a dog"]
    monkeypatch.setattr(captioner.tokenizer, "batch_decode", lambda *args, **kwargs: texts)
    [found] = captioner([Picture(pictures[0])])
    assert [item["text"] for item in found] == ["A man", "a dog"]


def test_a_prompt_begins_the_caption(captioner_folder, pictures):
    """The model continues the prompt, and the caption leaves the prompt out."""
    seen = [Picture(path) for path in pictures[:3]]
    settings = {"max_new_tokens": 6, "min_new_tokens": 3}
    asked = HFCaptioner(str(captioner_folder), prompt="a red dog", **settings)
    batch = asked(seen)
    assert batch != HFCaptioner(str(captioner_folder), **settings)(seen)
    assert batch != HFCaptioner(str(captioner_folder), prompt="a blue cat", **settings)(seen)
    for picture, found in zip(seen, batch, strict=True):
        near(asked([picture])[0], found)
        assert all(1 <= len(item["text"].split()) <= 6 for item in found)


@pytest.mark.parametrize(("folder", "name"), [("blip", "self.key"), ("git", "image_encoder")])
@pytest.mark.parametrize("sampling", ["beam", pytest.param("nucleus", marks=pytest.mark.slow)])
def test_a_picture_is_read_once_for_all_tokens(folder, name, sampling, request, pictures):
    captioner = HFCaptioner(
        str(request.getfixturevalue(folder)),
        min_new_tokens=6,
        max_new_tokens=6,
        sampling=sampling,
    )
    captioner.load()
    named = captioner.model.named_modules()
    *_, module = (m for place, m in named if place.endswith(name) and "forward" in vars(m))
    read = []

    class Counted(type(module)):
        def forward(self, *args, **kwargs):
            read.append(1)
            return super().forward(*args, **kwargs)

    module.__class__ = Counted
    seen = [Picture(path) for path in pictures[:3]]
    once = [captioner([picture]) for picture in seen]
    assert len(read) == 3
    for module in captioner.model.modules():
        vars(module).pop("forward", None)
    assert [captioner([picture]) for picture in seen] == once
    # transformers 5 keeps them by itself
    assert len(read) == 3 + (3 if TRANSFORMERS_5 else 18)


@pytest.mark.skipif(TRANSFORMERS_5, reason="its random model says special tokens under 5")
@pytest.mark.parametrize(
    "folder",
    [
        "blip",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("blip_2", "git", "vit_gpt2")),
    ],
)
def test_a_decoder_goes_on_after_its_prompt(folder, request, pictures):
    """If the prompt is the beginning of a caption, the best caption is the rest of it."""
    folder = str(request.getfixturevalue(folder))
    settings = {"num_return_sequences": 1, "num_beams": 16}
    settings |= {"max_new_tokens": 4, "min_new_tokens": 4}
    captioner = HFCaptioner(folder, **settings)
    said = [
        (path, item["text"].split()) for path in pictures for item in captioner([Picture(path)])[0]
    ]
    # without special tokens, which a prompt can't contain
    path, words = next((path, words) for path, words in said if len(words) == 4)
    settings.update(max_new_tokens=3, min_new_tokens=3)
    [[found]] = HFCaptioner(folder, prompt=words[0], **settings)([Picture(path)])
    assert found["text"].split() == words[1:]


@pytest.mark.parametrize("prompt", ["", pytest.param("a man", marks=pytest.mark.slow)])
def test_drawn_captions_depend_on_picture_and_seed_alone(captioner_folder, pictures, prompt):
    settings = {"sampling": "nucleus", "max_new_tokens": 8, "prompt": prompt}
    seen = [Picture(path) for path in pictures[:4]]
    captioner = HFCaptioner(str(captioner_folder), **settings)
    captioner.load()
    state = torch.get_rng_state()
    batch = captioner(seen)
    assert torch.equal(torch.get_rng_state(), state)
    assert captioner(seen) == batch
    for picture, found in zip(seen[::-1], batch[::-1], strict=True):
        near(captioner([picture])[0], found)
        scores = [item["score"] for item in found]
        assert found and scores == sorted(scores, reverse=True) and max(scores) < 0
    assert HFCaptioner(str(captioner_folder), seed=1, **settings)(seen) != batch


@pytest.mark.skipif(TRANSFORMERS_5, reason="its random model says special tokens under 5")
def test_a_small_nucleus_is_the_likeliest_word(blip, pictures):
    """If each step has one choice, sampling draws one caption, with the score of the search."""
    picture = Picture(pictures[2])
    settings = {"max_new_tokens": 5, "min_new_tokens": 5}
    drawn = HFCaptioner(str(blip), sampling="nucleus", top_p=1e-6, **settings)
    [[found]] = drawn([picture])
    drawn.load()
    greedy = drawn.model.generate(
        drawn.inputs([picture.image])["pixel_values"],
        num_beams=1,
        do_sample=False,
        return_dict_in_generate=True,
        output_logits=True,
        **settings,
    )
    assert found["text"] == drawn.tokenizer.decode(greedy.sequences[0], skip_special_tokens=True)
    chances = [
        step[0].log_softmax(-1)[token].item()
        for step, token in zip(greedy.logits, greedy.sequences[0, -5:], strict=True)
    ]
    assert found["score"] == pytest.approx(sum(chances) / 5, abs=1e-4)


def test_a_score_ends_with_its_text():
    logits = [torch.tensor([[0.0, 0.0, 0.0, 0.0]]).log_softmax(-1)] * 2
    logits += [torch.tensor([[5.0, -50.0, 0.0, 0.0]])]
    # a word, the end, and padding after it
    scores = mean_log_probabilities(torch.tensor([[3, 2, 1]]), logits, [1, 2])
    assert scores == pytest.approx([-math.log(4)])


@pytest.mark.parametrize(
    ("setting", "message"),
    [({"sampling": "greedy"}, "sampling"), ({"top_p": 0.0}, "top_p"), ({"top_p": 1.1}, "top_p")],
)
def test_settings_of_the_draw_are_checked(setting, message):
    with pytest.raises(ValueError, match=message):
        HFCaptioner("any", **setting)


def test_identity_follows_prompt_and_draw(blip):
    settings = [
        {},
        {"prompt": "a photo of"},
        {"sampling": "nucleus"},
        {"sampling": "nucleus", "seed": 1},
        {"sampling": "nucleus", "top_p": 0.5},
    ]
    identities = [str(HFCaptioner(str(blip), **setting).identity) for setting in settings]
    assert len(set(identities)) == len(settings)


@pytest.mark.parametrize(("captions", "beams"), [(5, 4), (1, 1)])
def test_a_search_for_captions_needs_beams(captions, beams):
    with pytest.raises(ValueError, match=rf"num_beams must be .* \({captions}\), not {beams}"):
        HFCaptioner("any", num_return_sequences=captions, num_beams=beams)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"max_new_tokens": 0}, "max_new_tokens must be at least 1, not 0"),
        ({"min_new_tokens": -1}, "min_new_tokens must be at least 0 .*, not -1"),
        ({"max_new_tokens": 4, "min_new_tokens": 5}, r"at most max_new_tokens \(4\), not 5"),
    ],
)
def test_a_length_that_cannot_be(setting, message):
    with pytest.raises(ValueError, match=message):
        HFCaptioner("any", **setting)


@pytest.mark.parametrize("sampling", ["beam", "nucleus"])
def test_no_captions_are_none_to_ask_for(sampling):
    with pytest.raises(ValueError, match="num_return_sequences must be at least 1, not 0"):
        HFCaptioner("any", num_return_sequences=0, sampling=sampling)


def test_more_captions_are_drawn_than_there_are_beams(blip, pictures):
    drawn = HFCaptioner(str(blip), num_return_sequences=10, sampling="nucleus", max_new_tokens=8)
    [found] = drawn([Picture(pictures[0])])
    assert 5 < len(found) <= 10


def test_a_prompt_that_is_too_long_ends_the_run_and_not_each_picture(blip, pictures):
    captioner = HFCaptioner(str(blip), prompt="a man " * 3000)
    with pytest.raises(BackendError, match="the prompt has 600. tokens: blip takes fewer than 64"):
        captioner([Picture(pictures[0])])
