import pytest

from spacy_ita.alignment.backends.captions import HFCaptioner
from spacy_ita.alignment.picture import Picture


def near(found, expected):
    """Equal but for rounding."""
    assert [item["text"] for item in found] == [item["text"] for item in expected]
    assert [item["score"] for item in found] == pytest.approx(
        [item["score"] for item in expected], abs=1e-3
    )


def test_a_batch_equals_one_by_one(captioner_folder, pictures):
    # long enough that a search which stops late in a batch finds more there
    captioner = HFCaptioner(str(captioner_folder), max_new_tokens=30, min_new_tokens=2)
    seen = [Picture(path) for path in pictures]
    batch = captioner(seen)
    assert len({found[0]["text"] for found in batch}) > 1
    for picture, found in zip(seen, batch, strict=True):
        near(captioner([picture])[0], found)
    for found, expected in zip(captioner(seen[::-1]), batch[::-1], strict=True):
        near(found, expected)


def test_captions_differ_and_come_best_first(captioner_folder, pictures):
    captioner = HFCaptioner(str(captioner_folder), captions=3, beams=4, min_new_tokens=3)
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
    # BLIP generates by the text decoder's own settings
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


def test_length(blip, pictures):
    captioner = HFCaptioner(str(blip), max_new_tokens=4, min_new_tokens=4)
    [found] = captioner([Picture(pictures[1])])
    assert {len(item["text"].split()) for item in found} == {4}


def test_captions_that_differ_in_case_or_spaces_are_one(blip, pictures, monkeypatch):
    captioner = HFCaptioner(str(blip), captions=4, beams=4)
    captioner.load()
    texts = ["A man ", "a  man", " ", "a dog"]
    monkeypatch.setattr(captioner.tokenizer, "batch_decode", lambda *args, **kwargs: texts)
    [found] = captioner([Picture(pictures[0])])
    assert [item["text"] for item in found] == ["A man", "a dog"]


@pytest.mark.parametrize(("captions", "beams"), [(0, 5), (5, 4), (1, 1)])
def test_captions_need_beams(captions, beams):
    with pytest.raises(ValueError, match="beams"):
        HFCaptioner("any", captions=captions, beams=beams)
