"""The paper's rivals as encoders: what they read, what they learn from, and saving."""

from itertools import product

import pytest
import torch

from spacy_ita.context import NO_CONTEXT, Context
from spacy_ita.crf import MISSING, LinearChain, TagScheme
from spacy_ita.encoder import View
from spacy_ita.encoder.model import encoder_shim
from spacy_ita.encoder.rivals.fused import Nodes, parts
from spacy_ita.encoder.rivals.recurrent_text import build_recurrent_encoder
from spacy_ita.encoder.rivals.umt import UMTFusion
from spacy_ita.ner.model import TaggingHead

SYSTEMS = [
    "ocsga-bert",
    "ocsga-recurrent",
    "umt-bert-vit",
    "umgf-bert-vit",
    "riva-roberta-vit",
    "rpbert-bert-vit",
]
each_system = pytest.mark.parametrize("name", SYSTEMS)
QUICK = ("ocsga-recurrent", "umt-bert-vit", "rpbert-bert-vit")
"""A system of each kind, which the fast tests of what all share take."""
each_kind = pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in SYSTEMS]
)
WORDS = ["i", "love", "paris"]
BARE = View(WORDS, NO_CONTEXT)
BOX = [2.0, 2.0, 30.0, 30.0]


@pytest.fixture
def seen(colours):
    """A view of words with a picture of a colour, and the label of its one object."""

    def make(name, colour, words=WORDS):
        label = {"red": "man", "blue": "city"}[colour]
        parts = [[label]] if name.startswith("ocsga") else []
        return View(list(words), Context(parts, colours[colour], [BOX]))

    return make


@pytest.fixture
def made(make_encoder):
    def make(name):
        torch.manual_seed(0)
        model = make_encoder(name)
        model.initialize()
        return model

    return make


@each_system
def test_only_the_picture_differs(name, made, seen):
    model = made(name)
    views = [seen(name, "red"), BARE, seen(name, "blue"), seen(name, "red", ["jordan"])]
    together = model.predict(views)
    assert together.vectors.shape == (4, 3, model.get_dim("nO"))
    for row, view in enumerate(views):
        alone = model.predict([view]).vectors[0]
        found = together.vectors[row, : len(view.words)]
        torch.testing.assert_close(found, alone, atol=1e-5, rtol=1e-4)
    for other in (1, 2):
        assert not torch.allclose(together.vectors[0], together.vectors[other], atol=1e-4)


@pytest.mark.parametrize("limit, most", [("VIEWS_AT_ONCE", 2), ("WORDS_AT_ONCE", 4)])
@each_kind
def test_a_view_reads_the_same_in_any_part(name, limit, most, made, seen, monkeypatch):
    """However many views are fused at once, with and without pictures among them."""
    model = made(name)
    views = [BARE, BARE, seen(name, "red"), View(["rome"], NO_CONTEXT), seen(name, "blue", ["a"])]
    expected = model.predict(views)
    monkeypatch.setattr(f"spacy_ita.encoder.rivals.fused.{limit}", most)
    found = model.predict(views)
    for row, view in enumerate(views):
        own = slice(len(view.words))
        torch.testing.assert_close(
            found.vectors[row, own], expected.vectors[row, own], atol=1e-5, rtol=1e-4
        )
    encoded, backprop = model.begin_update(views)
    backprop(torch.ones_like(encoded.vectors))


def test_a_long_text_is_fused_without_the_short_ones():
    assert [*parts([3] * 130)] == [slice(0, 64), slice(64, 128), slice(128, 130)]
    assert [*parts([3, 5000, 3, 3])] == [slice(0, 1), slice(1, 2), slice(2, 4)]
    assert [*parts([1000] * 6)] == [slice(0, 4), slice(4, 6)]


@each_system
def test_dropout_rests_in_use(name, encoder_config, seen):
    import spacy

    config = encoder_config(name)
    if "dropout" not in config:
        # RpBERT has none of its own
        return
    config["dropout"] = 0.5
    model = spacy.registry.resolve({"encoder": config})["encoder"]
    model.initialize()
    views = [seen(name, "red"), BARE]
    learnt, used = (
        [read(views) for _ in range(2)]
        for read in (lambda v: model.begin_update(v)[0].vectors, lambda v: model.predict(v).vectors)
    )
    assert not torch.equal(*learnt)
    assert torch.equal(*used)


@each_kind
def test_half_precision_reads_and_learns(name, encoder_config, seen):
    if "recurrent" in name:
        return
    import spacy

    config, vectors = encoder_config(name), []
    for half in (None, torch.bfloat16):
        config["text"]["mixed_precision"] = half is not None
        torch.manual_seed(0)
        model = spacy.registry.resolve({"encoder": config})["encoder"]
        model.initialize()
        shim = encoder_shim(model.get_ref("text"))
        shim._half = half
        views = [seen(name, "red"), BARE, seen(name, "blue")]
        vectors.append(model.predict(views).vectors)
    assert vectors[1].dtype == torch.float32
    assert not torch.equal(*vectors)
    torch.testing.assert_close(*vectors, atol=0.2, rtol=0.1)
    encoded, backprop = model.begin_update(views)
    backprop(torch.ones_like(encoded.vectors))
    gradients = [p.grad for p in shim._model.parameters() if p.grad is not None]
    assert gradients
    assert all(gradient.isfinite().all() for gradient in gradients)


@each_system
def test_gradient_reaches_all_that_learns(name, made, seen):
    model = made(name)
    views = [seen(name, "red"), BARE, seen(name, "blue")]
    encoded, backprop = model.begin_update(views)
    loss = encoded.auxiliary_loss(torch.zeros(3, 3, dtype=torch.long))
    assert bool(loss > 0) == (name.split("-")[0] in ("umt", "riva", "rpbert"))
    if encoded.boundary_scores is not None:
        loss = loss + encoded.boundary_scores.sum()
    if isinstance(loss, torch.Tensor):
        loss.backward()
    backprop(torch.randn_like(encoded.vectors))
    for node in model.walk():
        for shim in node.shims:
            unmoved = {n for n, p in shim._model.named_parameters() if p.grad is None}
            if node.name == "vision_model":
                assert len(unmoved) == len(list(shim._model.parameters()))
            else:
                # the pooler, which no encoder here reads, and the objects that OCSGA guides last
                assert not [n for n in unmoved if "pooler" not in n and "objects_by_words" not in n]


@each_kind
def test_the_own_loss_is_part_of_the_gradient(name, made, seen):
    if name.startswith(("ocsga", "umgf")):
        return
    gradients = []
    for weight in (0.0, 1.0):
        model = made(name)
        encoded, backprop = model.begin_update([seen(name, "red"), seen(name, "blue")])
        (weight * encoded.auxiliary_loss(torch.zeros(2, 3, dtype=torch.long))).backward()
        backprop(torch.zeros_like(encoded.vectors))
        text = next(node for node in model.walk() if node.name == "context_encoder")
        named = encoder_shim(text)._model.named_parameters()
        gradients.append({n: p.grad for n, p in named if "word_embeddings" in n})
    for alone, with_loss in zip(*(found.values() for found in gradients), strict=True):
        assert not alone.any()
        assert with_loss.any()


@each_kind
def test_loaded_without_the_folders(name, make_encoder, made, seen, tmp_path):
    model, other = made(name), make_encoder(name)
    if (tmp_path / "models").exists():
        (tmp_path / "models").rename(tmp_path / "gone")
    other.from_bytes(model.to_bytes())
    views = [seen(name, "red"), BARE]
    expected = model.predict(views)
    torch.testing.assert_close(other.predict(views).vectors, expected.vectors)
    # initialised again, it keeps what it has
    other.initialize()
    torch.testing.assert_close(other.predict(views).vectors, expected.vectors)


@each_kind
def test_long_texts_run_in_windows(name, made, seen):
    model = made(name)
    encoded = model.predict([seen(name, "red", WORDS * 30), View(WORDS * 40, NO_CONTEXT)])
    assert encoded.lengths.tolist() == [90, 120]
    assert encoded.vectors.isfinite().all()


def test_boundaries_and_their_loss_by_enumeration():
    """UMT's tagger adds a share of each boundary; its own loss sums over all boundaries."""
    torch.manual_seed(0)
    scheme = TagScheme(("LOC", "PER"))
    fusion = UMTFusion(width=4, node_width=4, heads=2, dropout=0.0, span_weight=0.5).eval()
    words, mask = torch.randn(1, 3, 4), torch.ones(1, 3, dtype=torch.bool)
    fused = fusion(words, mask, Nodes(torch.randn(1, 2, 4), torch.ones(1, 2, dtype=torch.bool)))
    shares = torch.zeros(5, len(scheme.tags))
    for number, tag in enumerate(scheme.tags):
        shares["OBIES".index(tag[0]), number] = 1.0 if tag == "O" else 0.5
    assert torch.equal(scheme.boundary_shares(), shares)
    gold = torch.tensor([scheme.encode(["O", "B-PER", "L-PER"])])
    lengths = torch.tensor([3])
    found = fusion.auxiliary_loss(fused.leaf(True), lengths, gold).detach()
    chain = fusion.crf.chain(fused.boundary_scores, lengths)
    every = torch.tensor(list(product(range(5), repeat=3)))
    many = LinearChain(
        chain.emissions.expand(len(every), -1, -1),
        lengths.expand(len(every)),
        chain.transitions,
        chain.start,
        chain.end,
    )
    expected = many.score(every).logsumexp(0) - chain.score(torch.tensor([[0, 1, 3]]))[0]
    torch.testing.assert_close(found, 0.5 * expected.detach())
    gold[0, 0] = MISSING
    assert 0 < fusion.auxiliary_loss(fused.leaf(True), lengths, gold) < found


def test_tags_have_the_scores_of_their_boundaries(made, seen):
    model = made("umt-bert-vit")
    words = model.predict([seen("umt", "red")])
    head = TaggingHead(["LOC", "PER"], model.get_dim("nO"), 0.0).eval()
    plain = head.linear(words.vectors)
    added = head(words).emissions - plain
    for number, tag in enumerate(TagScheme(("LOC", "PER")).tags):
        share = 1.0 if tag == "O" else 0.5
        expected = share * words.boundary_scores[..., "OBIES".index(tag[0])]
        torch.testing.assert_close(added[..., number], expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("propagation", ["soft", "hard", "none"])
def test_relation_propagation_weighs_the_features(propagation, encoder_config, seen, colours):
    import spacy

    config = encoder_config("rpbert-bert-vit") | {"propagation": propagation}
    model = spacy.registry.resolve({"encoder": config})["encoder"]
    model.initialize()
    module = encoder_shim(model.get_ref("text"))._model
    # a picture that never belongs to its text, or always does
    found = {}
    for related in (-30.0, 30.0):
        torch.nn.init.zeros_(module.fusion.weight)
        module.fusion.bias.data = torch.tensor([0.0, related])
        red, blue = (model.predict([seen("rpbert", c)]).vectors for c in colours)
        found[related] = torch.allclose(red, blue, atol=1e-5)
    assert found == {-30.0: propagation != "none", 30.0: False}


def test_objects_are_cut_out_of_the_picture(made, colours):
    model = made("umgf-bert-vit")
    whole = [0.0, 0.0, 40.0, 40.0]
    boxes = [[], [BOX], [BOX, whole], [[50.0, 50.0, 60.0, 60.0]], [[5.0, 5.0, 5.0, 9.0]]]
    views = [View(WORDS, Context([], colours["red"], of_view)) for of_view in boxes]
    nodes = model.attrs["look"](model, views, False)
    assert nodes.mask.sum(1).tolist() == [1, 2, 3, 1, 1]
    torch.testing.assert_close(nodes.vectors[2, 2], nodes.vectors[0, 0])


def test_labels_of_several_pictures_are_words_alone(made):
    """Nothing stands between them; the separator of contexts is no label."""
    model = made("ocsga-bert")
    views = [View(WORDS, Context(parts)) for parts in ([["red man"], ["city"]], [["red man city"]])]
    nodes = model.attrs["look"](model, views, False)
    assert nodes.mask.sum(1).tolist() == [3, 3]
    torch.testing.assert_close(nodes.vectors[0], nodes.vectors[1])


def test_known_words_take_the_vectors_of_a_file(tmp_path):
    (tmp_path / "glove.txt").write_text("paris 1 0 2\nlove 0 3 0\n", encoding="utf8")
    model = build_recurrent_encoder(str(tmp_path / "glove.txt"), word_width=3, width=8)
    model.initialize()
    module = model.shims[0]._model
    row = module.words(torch.tensor([module._row(word) for word in ("Paris", "love", "rome")]))
    assert row[:2].tolist() == [[1.0, 0.0, 2.0], [0.0, 3.0, 0.0]]
    (tmp_path / "glove.txt").unlink()
    loaded = build_recurrent_encoder("nowhere", word_width=3, width=8).from_bytes(model.to_bytes())
    found = [m.predict([View(WORDS, NO_CONTEXT)]).vectors for m in (model, loaded)]
    torch.testing.assert_close(*found)


def test_vectors_of_another_width_are_refused(tmp_path):
    (tmp_path / "glove.txt").write_text("paris 1 0 2\n", encoding="utf8")
    with pytest.raises(ValueError, match="line 1: 3 numbers after 'paris', not 200"):
        build_recurrent_encoder(str(tmp_path / "glove.txt")).initialize()
