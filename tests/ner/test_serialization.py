"""A pipe and a pipeline, saved and loaded."""

import shutil

import pytest
import spacy
from taggers import found, train


@pytest.mark.parametrize("initialized", [True, pytest.param(False, marks=pytest.mark.slow)])
@pytest.mark.parametrize("how", ["bytes", "disk"])
@pytest.mark.parametrize("what", ["component", "pipeline"])
def test_serialization(  # noqa: PLR0917 - fixtures
    make_nlp, examples, make_doc, tmp_path, initialized, how, what
):
    nlp = make_nlp()
    data = examples(nlp)
    if initialized:
        train(nlp, data, steps=5)
    other = make_nlp()
    source, target = (
        (nlp, other) if what == "pipeline" else (nlp.get_pipe("ner"), other.get_pipe("ner"))
    )
    if how == "bytes":
        target.from_bytes(source.to_bytes())
    else:
        source.to_disk(tmp_path / "saved")
        target.from_disk(tmp_path / "saved")
    assert other.get_pipe("ner").labels == nlp.get_pipe("ner").labels
    if initialized:
        for scene in ("PER", "LOC", None):
            a, b = (p(make_doc(p, "i love paris tonight", scene=scene)) for p in (nlp, other))
            assert found(a) == found(b)
            confidences = [e._.confidence for e in a.ents]
            assert [e._.confidence for e in b.ents] == pytest.approx(confidences)
    else:
        other.initialize(lambda: data)
        assert found(other("i love paris")) is not None


def test_the_encoder_is_read_as_it_was(make_nlp, examples):
    nlp, other = make_nlp(), make_nlp()
    nlp.initialize(lambda: examples(nlp))
    other.from_bytes(nlp.to_bytes())
    before, after = (
        p.get_pipe("ner").model.get_ref("encoder").shims[0]._model.config for p in (nlp, other)
    )
    assert before.layer_norm_eps == 1e-12
    assert after.to_dict() == before.to_dict()


@pytest.mark.parametrize("how", ["bytes", "disk"])
def test_labels_are_those_of_the_weights(make_nlp, examples, tmp_path, how):
    nlp, other = make_nlp(), make_nlp().get_pipe("ner")
    nlp.initialize(lambda: examples(nlp))
    pipe = nlp.get_pipe("ner")
    pipe.to_disk(tmp_path / "saved")
    if how == "bytes":
        other.from_bytes(pipe.to_bytes(), exclude=["cfg"])
    else:
        other.from_disk(tmp_path / "saved", exclude=["cfg", "vocab"])
    assert other.labels == pipe.labels == ("LOC", "PER")


def test_loads_without_the_source_folder(make_nlp, examples, make_doc, tmp_path, bert_folder):
    folder = tmp_path / "encoder"
    shutil.copytree(bert_folder, folder)
    nlp = make_nlp(folder=folder)
    train(nlp, examples(nlp), steps=20)
    nlp.to_disk(tmp_path / "nlp")
    shutil.rmtree(folder)
    loaded = spacy.load(tmp_path / "nlp")
    doc = make_doc(nlp, "i love paris", scene="PER")
    assert found(loaded(doc.copy())) == found(nlp(doc.copy()))
