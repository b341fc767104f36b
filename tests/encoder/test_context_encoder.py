"""Vectors of the context encoder, over three families of tokenizers."""

from dataclasses import replace

import pytest
import torch
from sizes import SIZES
from transformers import AutoConfig, AutoModel, BertTokenizerFast, XLNetConfig, XLNetModel

from spacy_ita.context import NO_CONTEXT, Context
from spacy_ita.encoder import View, build_context_encoder
from spacy_ita.encoder.model import encoder_shim, piece_reader, position_limit

CONTEXT = Context([["a man sings", "on the stage"], ["person microphone"]])


def text_of(model, ids):
    return model.shims[0].tokenizer.decode(ids)


def test_a_context_has_at_most_max_context_pieces(bert_folder):
    model = build_context_encoder(str(bert_folder), max_context=20)
    model.initialize()
    rows = piece_reader(model)([View(["jordan"], Context([["stage " * 200], ["sign"]]))])
    assert text_of(model, rows.ids).endswith("[SEP] sign [SEP]")
    assert text_of(model, rows.ids).count("stage") == 18


def test_long_text_gets_a_vector_a_word(encoder):
    words = ["london", "city"] * 60
    encoded = encoder.predict([View(words, CONTEXT), View(["jordan"], NO_CONTEXT)])
    assert encoded.vectors.shape == (2, 120, 32)
    assert encoded.lengths.tolist() == [120, 1]
    assert (encoded.vectors[0].abs().sum(-1) > 0).all()


def test_batching_changes_no_vector(encoder):
    words = ["i", "love", "london", "and", "paris"]
    views = [View(words[:n], context) for n in (1, 5, 3) for context in (NO_CONTEXT, CONTEXT)]
    together = encoder.predict(views)
    encoder.attrs["limits"] = replace(encoder.attrs["limits"], max_batch_pieces=1)
    apart = encoder.predict(views)
    torch.testing.assert_close(together.vectors, apart.vectors, atol=1e-5, rtol=1e-4)
    for i, view in enumerate(views):
        alone = encoder.predict([view]).vectors[0]
        torch.testing.assert_close(together.vectors[i, : len(view.words)], alone, atol=1e-5, rtol=0)


def test_words_without_pieces_get_a_vector(encoder):
    view = View(["jordan", "\u200b\u0007", "😍", " ", "paris"], NO_CONTEXT)
    encoded = encoder.predict([view])
    assert encoded.vectors.shape[1] == 5
    assert encoded.vectors.isfinite().all()


def test_context_changes_the_words(encoder):
    plain, seen = (encoder.predict([View(["jordan"], c)]).vectors for c in (NO_CONTEXT, CONTEXT))
    assert not torch.allclose(plain, seen)


@pytest.mark.filterwarnings("error")
def test_backprop_reaches_the_weights_of_all_batches(bert_folder):
    model = build_context_encoder(str(bert_folder), max_batch_pieces=1)
    model.initialize()
    views = [View(["jordan"], NO_CONTEXT), View(["paris", "city"], CONTEXT)]
    embeddings = encoder_shim(model)._model.embeddings.word_embeddings.weight
    encoded, backprop = model.begin_update(views)
    backprop(torch.randn_like(encoded.vectors))
    tokenizer = encoder_shim(model).tokenizer
    for word in ("jordan", "paris", "microphone"):
        assert embeddings.grad[tokenizer.convert_tokens_to_ids(word)].abs().sum() > 0
    assert embeddings.grad[tokenizer.convert_tokens_to_ids("obama")].abs().sum() == 0


class Scaler:
    """A scaler of gradients, like Thinc's, which works only on a GPU."""

    found_inf = False

    def scale(self, tensors):
        return [tensor * 8 for tensor in tensors]

    def unscale(self, tensors):
        for tensor in tensors:
            tensor.div_(8)


@pytest.mark.parametrize("scaled", [False, True])
def test_gradients_of_batches_add_up(bert_folder, scaled):
    model = build_context_encoder(str(bert_folder))
    shim = encoder_shim(model)
    if scaled:
        # like mixed precision on a GPU
        shim._mixed_precision, shim._grad_scaler = True, Scaler()
    model.initialize()
    first, second = [View(["jordan"], NO_CONTEXT)], [View(["paris", "city"], CONTEXT)]

    def gradient(*batches):
        shim._model.zero_grad()
        for views in batches:
            encoded, backprop = model.begin_update(views)
            backprop(encoded.vectors.detach().cos())
        return shim._model.encoder.layer[0].output.dense.weight.grad.clone()

    together = gradient(first, second)
    torch.testing.assert_close(together, gradient(first) + gradient(second))


@pytest.mark.cpu
@pytest.mark.parametrize("native", [False, True])
def test_mixed_precision_on_a_cpu(bert_folder, native, monkeypatch):
    """The precision is bfloat16 if the processor multiplies it, and otherwise stays the same."""
    monkeypatch.setattr("spacy_ita.encoder.precision.multiplies_bfloat16", lambda: native)
    found = {}
    for mixed_precision in (False, True):
        model = build_context_encoder(str(bert_folder), mixed_precision=mixed_precision)
        model.initialize()
        layer = encoder_shim(model)._model.encoder.layer[0].output.dense
        dtypes = []
        layer.register_forward_hook(lambda *call, to=dtypes: to.append(call[-1].dtype))
        read = model.predict([View(["jordan", "sings"], CONTEXT)]).vectors
        encoded, backprop = model.begin_update([View(["jordan", "sings"], CONTEXT)])
        backprop(encoded.vectors.detach().cos())
        assert read.dtype == encoded.vectors.dtype == layer.weight.grad.dtype == torch.float32
        half = torch.bfloat16 if native and mixed_precision else torch.float32
        assert dtypes == [half, half]
        found[mixed_precision] = [read, encoded.vectors, layer.weight.grad]
    tolerance = {"atol": 0.05, "rtol": 0.05} if native else {}
    for single, mixed in zip(found[False], found[True], strict=True):
        torch.testing.assert_close(mixed, single, **tolerance)


def test_not_initialized(bert_folder):
    model = build_context_encoder(str(bert_folder))
    with pytest.raises(ValueError, match="initialize"):
        model.predict([View(["jordan"], NO_CONTEXT)])


def test_loaded_without_the_folder(encoder):
    loaded = build_context_encoder("nowhere")
    loaded.from_bytes(encoder.to_bytes())
    view = View(["jordan", "sings"], CONTEXT)
    torch.testing.assert_close(loaded.predict([view]).vectors, encoder.predict([view]).vectors)


def test_one_lookup_serves_all_batches_of_an_update(encoder):
    encoder.attrs["limits"] = replace(encoder.attrs["limits"], max_batch_pieces=1)
    views = [View(["jordan"], NO_CONTEXT), View(["paris", "city"], CONTEXT)]
    table = encoder_shim(encoder)._model.get_input_embeddings()
    lookups = []
    table.register_forward_hook(lambda *_: lookups.append(1))
    encoded, _ = encoder.begin_update(views)
    assert len(lookups) == 1
    torch.testing.assert_close(encoded.vectors, encoder.predict(views).vectors)
    assert len(lookups) == 3


def test_an_encoder_without_a_position_limit_takes_any_text_in_one_row(tmp_path, bert_folder):
    vocab = BertTokenizerFast(str(bert_folder / "vocab.txt"))
    vocab.save_pretrained(tmp_path)
    config = XLNetConfig(vocab_size=len(vocab), d_model=32, n_layer=1, n_head=2, d_inner=64)
    assert config.max_position_embeddings == -1
    XLNetModel(config).save_pretrained(tmp_path)
    model = build_context_encoder(str(tmp_path))
    model.initialize()
    view = View(["london"] * 600, CONTEXT)
    assert len(piece_reader(model)([view]).views) == 1
    assert model.predict([view]).vectors.shape == (1, 600, 32)


@pytest.mark.parametrize("view", [View(["jordan"], NO_CONTEXT), View(["jordan"], CONTEXT)])
def test_rows_without_room_for_a_text_are_refused(bert_folder, view):
    def encoder(max_pieces):
        model = build_context_encoder(str(bert_folder), max_pieces=max_pieces)
        model.initialize()
        return model

    assert encoder(4).predict([view]).vectors.shape == (1, 1, 32)
    with pytest.raises(ValueError, match="rows of 3 subwords leave no room for a text"):
        encoder(3).predict([view])


@pytest.mark.parametrize(
    "model_type",
    ["bert", "roberta", "mpnet", "data2vec-text", pytest.param("luke", marks=pytest.mark.slow)],
)
def test_a_row_is_as_long_as_the_position_embeddings(model_type):
    config = AutoConfig.for_model(
        model_type, vocab_size=9, pad_token_id=1, max_position_embeddings=12, **SIZES
    )
    encoder = AutoModel.from_config(config).eval()
    limit = position_limit(encoder)
    assert encoder(torch.full((1, limit), 3)).last_hidden_state.shape[1] == limit
    with pytest.raises((IndexError, RuntimeError)):
        encoder(torch.full((1, limit + 1), 3))


@pytest.mark.parametrize(
    ("name", "limit", "least"),
    [
        ("max_pieces", 0, 1),
        ("max_pieces", -64, 1),
        ("max_context", -1, 0),
        ("max_batch_pieces", 0, 1),
        ("max_batch_pieces", -5, 1),
    ],
)
def test_invalid_limits_are_refused(name, limit, least):
    with pytest.raises(ValueError, match=f"^{name} must be None or at least {least}, not {limit}$"):
        build_context_encoder("any", **{name: limit})
    build_context_encoder("any", **{name: least})
