"""`view` chooses what documents are annotated from; the loss chooses what is learned."""

import re
import warnings
from functools import partial

import pytest
import spacy
import torch
from spacy.language import Language
from spacy.training import Example

from spacy_ita.alignment.failures import note_failure

LOSS = "spacy_ita.CrossViewLoss.v2"


@pytest.fixture
def first_losses(make_nlp, examples):
    """The losses of a first update in a view."""

    def make(view, **weights):
        nlp = make_nlp(view=view, loss={"@misc": LOSS, **weights})
        torch.manual_seed(0)
        data = examples(nlp)
        nlp.initialize(lambda: data)
        return nlp.update(data, losses={}, drop=0.0)

    return make


def test_pictures_teach_a_tagger_that_reads_the_text(first_losses):
    losses = first_losses("T")
    assert losses["ner_nll_image"] > 0 and losses["ner_kl"] > 0
    assert losses == first_losses("auto")


def test_the_text_alone_is_learned_alike_in_any_view(first_losses):
    losses = first_losses("T", text_weight=1.0, image_weight=0.0, kl_weight=0.0)
    assert losses["ner_nll_image"] == losses["ner_kl"] == 0
    assert losses == first_losses("auto", text_weight=1.0, image_weight=0.0, kl_weight=0.0)


def test_lost_pictures_are_missed_in_any_view(make_nlp, make_doc):
    nlp = make_nlp(view="T")
    doc = make_doc(nlp, "i love paris", [(7, 12, "LOC")])
    with pytest.warns(UserWarning, match="no training example has an alignment"):
        nlp.initialize(lambda: [Example(nlp.make_doc(doc.text), doc)])


@pytest.mark.parametrize("weights", [{"image_weight": 0.0, "kl_weight": 0.0}, {"pair": "T"}])
def test_untrained_pictures_give_a_warning(make_nlp, examples, weights):
    def initialize(view, documents=slice(None)):
        nlp = make_nlp(view=view, loss={"@misc": LOSS, **weights})
        data = examples(nlp)[documents]
        nlp.initialize(lambda: data)

    for view in ("auto", "I+T"):
        with pytest.warns(UserWarning, match=f"learns from the text alone, .* '{re.escape(view)}'"):
            initialize(view)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        initialize("T")
        initialize("auto", slice(-2, None))


def test_an_untrained_text_view_gives_a_warning(make_nlp, examples):
    nlp = make_nlp(view="T", loss={"@misc": LOSS, "text_weight": 0.0, "kl_weight": 0.0})
    data = examples(nlp)
    with pytest.warns(UserWarning, match="view = 'T' never reads them"):
        nlp.initialize(lambda: data)


def test_pictures_that_a_pipe_aligns_in_training(make_nlp, make_doc):
    @Language.component("captioner")
    def captioner(doc):
        doc._.image_captions = [{"text": "a man sings on stage", "score": 0.0}]
        return doc

    nlp = make_nlp()
    nlp.add_pipe("captioner", before="ner")
    nlp.config["training"]["annotating_components"] = ["captioner"]
    gold = make_doc(nlp, "i love paris", [(7, 12, "PER")])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        nlp.initialize(lambda: [Example(nlp.make_doc(gold.text), gold)])
    example = Example(nlp.make_doc(gold.text), gold)
    assert nlp.update([example], annotates=["captioner"])["ner_nll_image"] > 0


def test_a_view_for_one_call(trained, make_doc):
    """As `nlp` and `nlp.pipe` pass it on; the pipe's own view stays."""

    def sure(docs):
        return [doc.ents[0]._.confidence for doc in docs]

    def doc():
        return make_doc(trained, "i love jordan", scene="PER")

    text = {"component_cfg": {"ner": {"view": "T"}}}
    alone = sure([trained("i love jordan")])
    assert sure([trained(doc(), **text)]) == sure(trained.pipe([doc()], **text)) == alone
    assert sure([trained(doc())]) == sure(trained.pipe([doc()])) != alone
    assert trained.get_pipe("ner").view == "auto"


@pytest.mark.filterwarnings("error::UserWarning")
@pytest.mark.parametrize(("old", "new"), [("text", "T"), ("image", "I+T")])
def test_old_names_of_views(make_nlp, trained, old, new):
    message = re.escape(f"the view {old!r} is deprecated: use {new!r}")
    warns = partial(pytest.warns, DeprecationWarning, match=message)
    with warns():
        assert make_nlp(view=old).get_pipe("ner").view == new
    ner = trained.get_pipe("ner")
    with warns():
        ner.view = old
    assert ner.view == new
    ner.view = "auto"
    with warns(), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "ner: 1 of 1 documents have neither an alignment")
        found = trained("i love jordan", component_cfg={"ner": {"view": old}})
        (read,) = ner.predict([trained.make_doc("i love jordan")], old)
    assert len(found.ents) == len(read.entities) == 1


def test_a_view_is_saved(trained, tmp_path):
    trained.rename_pipe("ner", "tagger")
    trained.get_pipe("tagger").view = "T"
    trained.to_disk(tmp_path)
    assert spacy.load(tmp_path).get_pipe("tagger").view == "T"
    config = {"components.tagger.view": "I+T"}
    assert spacy.load(tmp_path, config=config).get_pipe("tagger").view == "I+T"


@pytest.mark.parametrize("word", ["t", "both", "", None])
def test_an_unknown_view_is_refused(trained, word):
    ner = trained.get_pipe("ner")
    with pytest.raises(ValueError, match=re.escape(f"not {word!r}")):
        ner.view = word
    assert ner.view == "auto"
    if word:
        with pytest.raises(ValueError, match="ner: view must be"):
            trained("i love jordan", component_cfg={"ner": {"view": word}})
        with pytest.raises(ValueError, match="ner: view must be"):
            ner.predict([trained.make_doc("i love jordan")], word)


@pytest.mark.parametrize("name", ["image_objects", "image_captions", "image_ocr"])
def test_a_pipe_that_aligns_too_late_gives_a_warning(trained, name):
    with pytest.warns(UserWarning, match=f"^{name} comes after ner, .*before='ner'"):
        trained.add_pipe(name)
    trained.remove_pipe(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trained.add_pipe(name, before="ner")
        trained.get_pipe("ner").view = "T"
        trained.add_pipe(name, name="late")


@pytest.fixture
def unread(trained):
    """A Doc with the path of a picture, in a pipeline without image_* pipes."""
    doc = trained.make_doc("i love paris")
    doc._.image_path = "paris.png"
    return doc


NOTHING_HAS_READ_IT = "^No alignment for the document 'i love paris': ner reads its text without"


def test_an_unread_picture_gives_one_warning(trained, unread):
    with pytest.warns(UserWarning, match=NOTHING_HAS_READ_IT):
        trained(unread)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        trained(unread)


def test_an_unread_picture_in_a_training_gives_a_warning(trained, unread, examples):
    data = [*examples(trained), Example(unread, trained.make_doc(unread.text))]
    with pytest.warns(UserWarning, match=NOTHING_HAS_READ_IT):
        trained.update(data)


def test_a_picture_that_needs_no_reading_gives_none(trained, unread):
    empty, failed = unread.copy(), unread.copy()
    empty._.image_captions = []
    note_failure(failed, "image_captions", "no such file")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        list(trained.pipe([empty, failed, "i love paris"]))
        trained.get_pipe("ner").view = "T"
        trained(unread)
