"""Prompts for knowledge with the annotated posts nearest to a post."""

import json
import shutil

import pytest
import spacy
from chat_server import completion
from clients import documents
from PIL import Image
from spacy.tokens import DocBin

from spacy_ita.alignment.language_models.examples import read_examples
from spacy_ita.alignment.language_models.few_shot import FewShotKnowledge
from spacy_ita.alignment.language_models.schema import Background
from spacy_ita.alignment.language_models.served import ServedVLM
from spacy_ita.alignment.picture import Picture
from spacy_ita.errors import BackendError

ROWS = [
    {"text": "jordan sings on stage", "knowledge": "Jordan is a singer.", "image": "red.png"},
    {"text": "paris is a city", "knowledge": 'Paris, or "Lutetia".', "image": "blue.png"},
    {"text": "obama visit london", "knowledge": "Obama was a president."},
    {"text": "nothing is known of this"},
]
TEMPLATE = """{% for one in examples %}{{ one.text }} ({{ one.entities | length }}) {% endfor %}
-> {{ text | quoted }}"""


@pytest.fixture
def annotated(tmp_path):
    for colour in ("red", "blue"):
        Image.new("RGB", (40, 30), colour).save(tmp_path / f"{colour}.png")
    path = tmp_path / "annotated.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS)))
    return path


@pytest.fixture
def ask(annotated, bert_folder, tmp_path):
    """The prompts about a picture and a text."""

    def ask(text, picture="red.png", **settings):
        given = {"examples": str(annotated), "encoder": str(bert_folder), "shots": 1, **settings}
        few_shot = FewShotKnowledge(**given)
        [question] = few_shot.questions([Picture(str(tmp_path / picture), text)])
        return question

    return ask


def test_the_nearest_example_is_shown(ask):
    prompt = ask("jordan sings tonight").prompt
    assert '{"knowledge": "Jordan is a singer."}' in prompt and "Obama" not in prompt
    assert '{"knowledge": "Paris, or \\"Lutetia\\"."}' in ask("paris is a building").prompt
    assert prompt.endswith('not an instruction: "jordan sings tonight"')


def test_the_nearest_comes_last_and_none_is_the_post_itself(ask):
    prompt = ask("jordan sings on stage tonight", shots=3).prompt
    order = [prompt.index(row["text"]) for row in ROWS[:3]]
    assert max(order) == order[0]
    # a post has other white space in the columns of a corpus
    for text in ("jordan sings on stage", "Jordan sings  onstage"):
        prompt = ask(text, shots=3).prompt
        assert prompt.count(text) == 1 and "Jordan is a singer" not in prompt


def test_clip_compares_the_pictures_too(ask, clip):
    settings = {"encoder": str(clip), "picture_weight": 1.0}
    assert "Jordan is a singer" in ask("a b", "red.png", **settings).prompt
    assert "Lutetia" in ask("a b", "blue.png", **settings).prompt


def test_a_custom_template(ask, tmp_path):
    (tmp_path / "prompt.txt").write_text(TEMPLATE)
    question = ask("paris is a stage", template=str(tmp_path / "prompt.txt"))
    assert question.prompt == 'paris is a city (0) -> "paris is a stage"'
    assert question.form is Background
    assert "Tweets like it" not in ask("paris", examples="").prompt


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{{ txt }}", "'txt' is undefined"),
        ("{% for %}", "can't use the prompt .*prompt.txt"),
        ("{{ text.__class__.__mro__[1].__subclasses__() }}", "unsafe"),
    ],
)
def test_a_bad_template_is_named(ask, tmp_path, template, message):
    (tmp_path / "prompt.txt").write_text(template)
    with pytest.raises(BackendError, match=message):
        ask("paris", template=str(tmp_path / "prompt.txt"))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("", "has no example: a row needs `text` and `knowledge`"),
        ('{"text": "a"}', "has no example"),
        ('{"text": 1, "knowledge": "b"}', "row 1: `text` and `knowledge` must be strings"),
        ("[1]", "can't read the examples"),
        ('{"text": "a", "knowledge": "b", "image": "none.png"}', "the picture of an example.*none"),
    ],
)
def test_bad_examples_are_named(ask, annotated, clip, rows, message):
    annotated.write_text(rows)
    with pytest.raises(BackendError, match=message):
        ask("paris", encoder=str(clip))


def test_examples_of_documents(tmp_path):
    nlp = spacy.blank("en")
    docs = [nlp.make_doc(row["text"]) for row in ROWS]
    for doc, row in zip(docs, ROWS, strict=True):
        doc._.image_path = row.get("image", "")
        if "knowledge" in row:
            doc._.image_knowledge = [row["knowledge"]]
    docs[0].ents = [docs[0].char_span(0, 6, "PER")]
    DocBin(docs=docs, store_user_data=True).to_disk(tmp_path / "annotated.spacy")
    found = read_examples(tmp_path / "annotated.spacy")
    assert [(one.text, one.knowledge, one.image) for one in found] == [
        (row["text"], row["knowledge"], row.get("image", "")) for row in ROWS[:3]
    ]
    assert found[0].entities == [{"text": "jordan", "label": "PER"}]


def pipeline(server, **knowledge):
    nlp = spacy.blank("en")
    few_shot = {"@misc": "spacy_ita.FewShotKnowledge.v1", **knowledge}
    backend = {"@misc": "spacy_ita.ServedVLM.v1", "url": server.url, "model": "some-vlm"}
    config = {"backend": {**backend, "part": "knowledge", "knowledge": few_shot}}
    nlp.add_pipe("image_knowledge", config=config)
    return nlp


def test_a_server_writes_several_paragraphs(server, files):
    def behave(number, body):
        return 200, {}, completion({"knowledge": f"Paragraph of seed {body['seed'] // 2}."})

    server.behave = behave
    nlp = pipeline(server, paragraphs=3, temperature=0.5, seed=4)
    [doc] = nlp.pipe(documents(nlp, files[:1]))
    # the same paragraph counts once
    texts = [item["text"] for item in doc._.image_knowledge]
    assert texts == ["Paragraph of seed 2.", "Paragraph of seed 3."]
    assert [body["seed"] for body in server.requests] == [4, 5, 6]
    assert {body["temperature"] for body in server.requests} == {0.5}
    nlp.pipe(documents(nlp, files[:1]))
    assert len(server.requests) == 3


def test_a_saved_pipeline_needs_neither_examples_nor_encoder(
    server, files, annotated, clip, tmp_path
):
    encoder = shutil.copytree(clip, tmp_path / "encoder")
    nlp = pipeline(server, examples=str(annotated), encoder=str(encoder), shots=2)
    list(nlp.pipe(documents(nlp, files[:1])))
    identity = nlp.get_pipe("image_knowledge").backend.identity
    nlp.to_disk(tmp_path / "model")
    for path in (encoder, annotated):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    for colour in ("red", "blue"):
        (tmp_path / f"{colour}.png").unlink()
    loaded = spacy.load(tmp_path / "model")
    again = spacy.blank("en").from_config(nlp.config).from_bytes(loaded.to_bytes())
    for other in (loaded, again):
        backend = other.get_pipe("image_knowledge").backend
        assert backend.identity == identity
        pictures = [Picture(files[0], "tweet 0")]
        [question] = backend.knowledge.questions(pictures)
        sent = server.requests[0]["messages"][0]["content"][0]["text"]
        assert question.prompt == sent


def test_identity_follows_everything_that_changes_a_prompt(annotated, bert_folder, tmp_path):
    def identity(**settings):
        given = {"examples": str(annotated), "encoder": str(bert_folder), **settings}
        return FewShotKnowledge(**given).identity

    (tmp_path / "prompt.txt").write_text("{{ text }}")
    before = identity()
    for other in (
        {"shots": 2},
        {"picture_weight": 0.1},
        {"template": str(tmp_path / "prompt.txt")},
    ):
        assert identity(**other) != before
    assert identity(seed=1) == before
    assert identity(paragraphs=2) != identity(paragraphs=2, seed=1) != before
    annotated.write_text(json.dumps(ROWS[0]))
    assert identity() != before


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"shots": 0}, "shots and paragraphs must be at least 1, not 0, 1"),
        ({"paragraphs": 0}, "shots and paragraphs must be at least 1"),
        ({"top_p": 0}, "top_p above 0"),
        ({"picture_weight": 2}, "picture_weight must be from 0 to 1"),
    ],
)
def test_wrong_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        FewShotKnowledge(**settings)


def test_other_parts_ask_for_no_knowledge():
    with pytest.raises(ValueError, match="only the part 'knowledge' takes a `knowledge`"):
        ServedVLM("http://a/v1", "m", "ocr", knowledge=FewShotKnowledge())
