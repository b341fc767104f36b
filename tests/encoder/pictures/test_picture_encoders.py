"""Encoders that read pictures: vectors, gradients and saving, with real classes of each kind."""

import pytest
import spacy
import torch
from saved import copy_of_a_part
from transformers import AutoModel

from spacy_ita.alignment.picture import PictureError
from spacy_ita.context import NO_CONTEXT, Context
from spacy_ita.encoder import View, build_vision_model, encoders_beside, reads_pictures
from spacy_ita.encoder.model import encoder_shim, piece_reader

ENCODERS = [
    "features-bert-vit",
    "features-roberta-clip",
    "features-xlmr-resnet",
    "joint-vilt",
    "joint-visual_bert-resnet",
    "both-vilt",
]
each_encoder = pytest.mark.parametrize("name", ENCODERS)
QUICK = ("features-bert-vit", "joint-visual_bert-resnet", "both-vilt")
each_kind = pytest.mark.parametrize(
    "name", [n if n in QUICK else pytest.param(n, marks=pytest.mark.slow) for n in ENCODERS]
)
WORDS = ["i", "love", "paris"]


def seen(path, words=WORDS, parts=()):
    return View(list(words), Context(list(parts), path))


@pytest.mark.parametrize(
    "name, features", [("vit", (5, 32)), ("clip", (5, 32)), ("resnet", (16, 24))]
)
def test_vision_models_give_features_of_each_picture(name, features, request, colours):
    model = build_vision_model(str(request.getfixturevalue(f"{name}_folder")))
    model.initialize()
    found = model.predict(list(colours.values()))
    assert found.shape == (2, *features)
    assert (model.attrs["features"], model.get_dim("nO")) == features
    assert not torch.allclose(found[0], found[1])
    loaded = build_vision_model("nowhere").from_bytes(model.to_bytes())
    torch.testing.assert_close(loaded.predict(list(colours.values())), found)


@pytest.mark.parametrize("name", ["vit", "clip", "resnet"])
def test_a_vision_model_is_saved_in_a_folder_of_its_own(name, request, colours, tmp_path):
    model = build_vision_model(str(request.getfixturevalue(f"{name}_folder")))
    model.initialize()
    with encoders_beside(tmp_path):
        data = model.to_bytes()
    assert len(data) < 3000
    read = AutoModel.from_pretrained(tmp_path / "encoder").state_dict()
    for weights, values in model.shims[0]._model.state_dict().items():
        torch.testing.assert_close(read[weights], values)
    with encoders_beside(tmp_path):
        loaded = build_vision_model("nowhere").from_bytes(data)
    paths = list(colours.values())
    torch.testing.assert_close(loaded.predict(paths), model.predict(paths))


def test_a_vision_model_without_its_weights_is_refused(vit_folder, tmp_path):
    copy_of_a_part(vit_folder, tmp_path)
    with pytest.raises(ValueError, match=r"can't be the vision model: it lacks \d+ weights"):
        build_vision_model(str(tmp_path)).initialize()


@each_encoder
def test_only_the_picture_differs(name, make_encoder, colours):
    model = make_encoder(name)
    model.initialize()
    assert reads_pictures(model)
    red, blue = colours.values()
    bare = View(WORDS, NO_CONTEXT)
    views = [seen(red), bare, seen(blue), seen(red, parts=[["city"]]), seen(red, ["jordan"])]
    together = model.predict(views)
    assert together.vectors.shape == (5, 3, model.get_dim("nO"))
    assert together.lengths.tolist() == [3, 3, 3, 3, 1]
    for row, view in enumerate(views):
        alone = model.predict([view]).vectors[0]
        torch.testing.assert_close(
            together.vectors[row, : len(view.words)], alone, atol=1e-5, rtol=1e-4
        )
    for other in (1, 2, 3):
        assert not torch.allclose(together.vectors[0], together.vectors[other], atol=1e-3)


@each_encoder
def test_gradient_reaches_what_learns_and_nothing_else(name, make_encoder, colours):
    model = make_encoder(name)
    model.initialize()
    views = [seen(colours["red"]), View(WORDS, NO_CONTEXT)]
    encoded, backprop = model.begin_update(views)
    backprop(torch.randn_like(encoded.vectors))
    for node in model.walk():
        for shim in node.shims:
            moved = {n for n, p in shim._model.named_parameters() if p.grad is not None}
            if node.name == "vision_model":
                assert not moved
            else:
                assert any("word_embeddings" in n for n in moved)
            if name.startswith("features") and node.name == "context_encoder":
                assert shim._model.linear.weight.grad.abs().sum() > 0


@each_kind
@pytest.mark.parametrize("initialized", [True, False])
def test_loaded_without_the_folders(name, make_encoder, colours, tmp_path, initialized):
    model, other = make_encoder(name), make_encoder(name)
    if not initialized:
        other.from_bytes(model.to_bytes()).initialize()
        assert other.predict([seen(colours["red"])]).vectors.isfinite().all()
        return
    model.initialize()
    (tmp_path / "models").rename(tmp_path / "gone")
    other.from_bytes(model.to_bytes())
    views = [seen(colours["red"]), View(WORDS, NO_CONTEXT)]
    torch.testing.assert_close(other.predict(views).vectors, model.predict(views).vectors)
    # a pipeline that is initialised again keeps its weights
    other.initialize()
    torch.testing.assert_close(other.predict(views).vectors, model.predict(views).vectors)


def test_features_stand_after_the_text(make_encoder, colours):
    """The row is BERT's own row of the text, with the features as a second segment."""
    model = make_encoder("features-bert-vit")
    model.initialize()
    text, vision = model.get_ref("text"), model.get_ref("vision")
    module = encoder_shim(text)._model
    row = piece_reader(text)([View(WORDS, NO_CONTEXT)])
    projected = module.linear(vision.predict([colours["red"]]))
    words = module.encoder.get_input_embeddings()(
        torch.tensor([row.ids.tolist()], device=projected.device)
    )
    types = torch.tensor([row.types.tolist() + [1] * projected.shape[1]]).to(projected.device)
    with torch.no_grad():
        expected = module.encoder.eval()(
            inputs_embeds=torch.cat([words, projected], 1), token_type_ids=types
        ).last_hidden_state[0, row.positions]
    longer = seen(colours["red"], ["jordan"] * 20)
    found = model.predict([longer, seen(colours["red"])]).vectors[1, :3]
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


@each_kind
def test_long_texts_run_in_windows(name, make_encoder, colours):
    model = make_encoder(name)
    model.initialize()
    views = [seen(colours["red"], WORDS * 40, [["city"] * 30]), View(WORDS * 40, NO_CONTEXT)]
    encoded = model.predict(views)
    assert encoded.lengths.tolist() == [120, 120]
    assert encoded.vectors.isfinite().all()


def test_pictures_are_not_silently_dropped(make_encoder, tmp_path):
    model = make_encoder("joint-vilt")
    model.initialize()
    with pytest.raises(PictureError, match=r"none\.png"):
        model.predict([seen(str(tmp_path / "none.png"))])


def test_pictures_leave_the_text_room(encoder_config):
    config = encoder_config("features-bert-resnet")
    config["text"]["max_pieces"] = 30
    model = spacy.registry.resolve({"encoder": config})["encoder"]
    with pytest.raises(
        ValueError, match="16 features for a picture, which leaves the text only 14"
    ):
        model.initialize()


@pytest.mark.parametrize(
    "name, message",
    [
        ("joint-bert", "is a bert model, not ViLT or VisualBERT"),
        ("joint-vilt-vit", "set `vision` to null"),
        ("joint-visual_bert", "needs a `vision` model"),
        ("joint-visual_bert-vit", "of width 24, but .* width 32"),
    ],
)
def test_models_that_do_not_fit_are_refused(name, message, make_encoder):
    with pytest.raises(ValueError, match=message):
        make_encoder(name).initialize()
