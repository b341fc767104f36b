"""The overrides of a run, its missing parts, and the identity of runs."""

import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin

from scripts.experiments.rows.approaches import APPROACHES
from scripts.experiments.rows.changes import append_captions, prepend_pictures, shuffle_pictures
from scripts.experiments.rows.datasets import datasets
from scripts.experiments.runs.plan import ENCODERS, Encoder, Run, has_weights, on_hub
from spacy_ita.cli.shared.files import write_docs

BY_NAME = {approach.name: approach for approach in APPROACHES}


@pytest.fixture
def make_run(project, bert_folder):
    def make(approach, data="demo", encoder=None, seed=0, **settings):
        encoder = encoder or Encoder("minilm", str(bert_folder))
        dataset = datasets(project / "tweets")[data]
        return Run(BY_NAME[approach], dataset, encoder, seed, settings)

    return make


@pytest.fixture
def docs(project):
    found = DocBin().from_disk("corpus/demo/aligned/train.spacy")
    return list(found.get_docs(spacy.blank("en").vocab))


def test_names_are_unique():
    assert len(BY_NAME) == len(APPROACHES)


def test_a_section_is_replaced_as_a_whole(make_run):
    config = make_run("spaCy ner").config()
    assert list(config["components"]) == ["transformer", "ner"]
    assert config["components"]["ner"]["factory"] == "ner"
    assert "loss" not in config["components"]["ner"]


def test_the_schedule_is_as_long_as_the_epochs(make_run):
    run = make_run("T-only", **{"training.max_epochs": 3, "training.batcher.size": 3})
    run.data.prepare("aligned")
    config = run.scheduled()["training"]
    # eight documents make three batches an epoch
    assert config["optimizer"]["learn_rate"]["total_steps"] == 9
    assert config["optimizer"]["learn_rate"]["warmup_steps"] == 1
    # steps 0, 2, 4, 6 and 8; 8 is the last
    assert config["eval_frequency"] == 2


def test_the_hash_is_of_what_makes_the_model(make_run):
    run = make_run("ITA-All")
    run.data.prepare("aligned")
    assert run.hash == make_run("ITA-All").hash
    assert run.hash == replace(run, encoder=replace(run.encoder, weights="elsewhere")).hash
    others = [make_run("ITA-All", seed=1), make_run("ITA-GA"), make_run("ITA-All + CVA")]
    others.append(make_run("ITA-All", **{"training.dropout": 0.3}))
    assert len({run.hash, *(other.hash for other in others)}) == 5


def test_a_setting_at_its_default_leaves_the_hash_as_it_is(make_run):
    make_run("ITA-All").data.prepare("aligned")
    context = {"@misc": "spacy_ita.ContextFormatter.v1", "mode": "All"}
    runs = [
        make_run("ITA-All", **{"components.ner.context": {**context, **settings}})
        for settings in ({}, {"repeated": "keep", "knowledge": None}, {"repeated": "merge"})
    ]
    assert runs[0].hash == runs[1].hash != runs[2].hash


def test_what_is_missing_is_named(make_run):
    assert make_run("ITA-All").missing() == []
    assert make_run("Knowledge").missing() == ["knowledge"]
    assert make_run("Knowledge", "twitter2017").missing() == []
    assert make_run("ITA-All", "twitter2017").missing() == ["OCR text", "objects"]
    assert make_run("ITA-LA_BU").missing() == ["the weights of training/detector_bu"]
    # tweets that have captions by a second captioner
    assert make_run("ITA-GA_BU", "twitter2017").missing() == []
    assert make_run("T-only", encoder=ENCODERS["xlmr"]).missing() == [
        "the weights of xlm-roberta-large"
    ]
    lacking = make_run("T-only", "twitter2015").missing()
    assert [Path(path).name for path in lacking] == ["train.txt", "valid.txt"]


def test_the_hub_is_asked_for_no_path(project, bert_folder, monkeypatch):
    asked = []
    monkeypatch.setattr("scripts.experiments.runs.plan.on_hub", asked.append)
    has_weights.cache_clear()
    assert has_weights(str(bert_folder))
    assert not has_weights("training/no-model")
    assert not asked
    has_weights("someone/no-model")
    assert asked == ["someone/no-model"]


def test_a_hub_out_of_reach_has_nothing():
    assert not on_hub("someone/no-model")
    assert not on_hub("/a/folder/that/is/not/there")


def test_the_big_configs_take_the_overrides(make_run):
    for approach in ("T-only", "spaCy ner"):
        config = make_run(approach, encoder=ENCODERS["xlmr"]).config().interpolate()
        assert config["training"]["gpu_allocator"] is None


def test_no_document_keeps_its_own_picture(docs):
    own = [doc._.image_path for doc in docs]
    shuffled = [doc._.image_path for doc in shuffle_pictures(docs)]
    assert sorted(own) == sorted(shuffled)
    assert all(a != b for a, b in zip(own, shuffled, strict=True))


def test_the_own_picture_comes_second(docs):
    own = [(doc._.image_path, doc._.image_captions) for doc in docs]
    for doc, (path, captions) in zip(prepend_pictures(docs), own, strict=True):
        other, second = doc._.image_paths
        assert second == path != other and (other, dict(own)[other]) in own
        entries = [(entry["picture"], entry["text"]) for entry in doc._.image_captions]
        assert entries == [
            *((0, entry["text"]) for entry in dict(own)[other]),
            *((1, entry["text"]) for entry in captions),
        ]
        assert doc._.image_knowledge is None


def test_appended_captions_leave_text_and_entities(docs):
    for doc, appended in zip(docs, append_captions(docs), strict=True):
        assert appended.text.startswith(f"{doc.text} {doc._.image_captions[0]['text']}")
        assert [(e.text, e.start_char, e.label_) for e in appended.ents] == [
            (e.text, e.start_char, e.label_) for e in doc.ents
        ]


def test_tweets_are_aligned_with_all_that_is_recorded(project):
    dataset = datasets(project / "tweets")["twitter2017-tune"]
    dataset.prepare("aligned")
    train, held = dataset.docs("aligned", "train"), dataset.docs("aligned", "test")
    assert (len(train), len(held)) == (7, 1)
    assert [c["text"] for c in held[0]._.image_captions] == ["blip2 sees", "catr sees"]
    assert list(held[0]._.image_knowledge) == [{"text": "paris is 0"}]
    dataset.prepare("GA_BU")
    (other,) = dataset.docs("GA_BU", "test")
    assert [c["text"] for c in other._.image_captions] == ["catr sees"]
    assert other._.image_knowledge == held[0]._.image_knowledge


def test_a_corpus_is_made_anew_with_what_came_later(project):
    recorded = project / "tweets" / "twitter2017" / "knowledge.jsonl"
    lines = recorded.read_text()
    recorded.unlink()
    dataset = datasets(project / "tweets")["twitter2017"]
    dataset.prepare("shuffled")
    assert dataset.docs("shuffled", "test")[0]._.image_knowledge is None
    recorded.write_text(lines)
    dataset = datasets(project / "tweets")["twitter2017"]
    dataset.prepare("shuffled")
    assert dataset.docs("shuffled", "test")[0]._.image_knowledge


def test_a_corpus_is_made_whole_and_once(project):
    made = []

    def killed(source, target):
        write_docs([], target / "train.spacy")
        raise KeyboardInterrupt

    def slow(source, target):
        made.append(target)
        time.sleep(0.2)
        shutil.copytree(source, target, copy_function=shutil.copy)

    dataset = replace(datasets(project / "tweets")["demo"], name="copied")
    with pytest.raises(KeyboardInterrupt):
        replace(dataset, make=killed).prepare("aligned")
    assert not dataset.path("aligned", "train").exists()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(replace(dataset, make=slow).prepare, ["aligned"] * 2))
    assert len(made) == 1
    assert len(dataset.docs("aligned", "train")) == 8
