"""Every row that can run with small models is trained, measured and recorded."""

import shutil
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from spacy.cli.train import train as train_in_process
from spacy.vocab import Vocab

from scripts.experiments.rows.approaches import APPROACHES
from scripts.experiments.rows.datasets import aligning, by_relevance, datasets
from scripts.experiments.runs.plan import Encoder, Run, has_weights
from scripts.experiments.runs.runner import Runner, TrainingError, train
from spacy_ita.cli.shared.files import read_docs, write_docs
from spacy_ita.recipes.rivals import RIVALS
from spacy_ita.report.predictions import read_counts, read_predictions
from spacy_ita.report.results import read

ROOT = Path(__file__).parents[2]
SHORT = {"training.max_epochs": 1, "training.batcher.size": 4}


def train_here(config, output, run):
    train_in_process(config, output, use_gpu=run.gpu_id)


@pytest.fixture
def make_runs(project, bert_folder, vit_folder, vilt_folder, yolos, vit_gpt2):
    """The runs, of two steps, that lack nothing; their data are made. Small models stand for the
    hub's."""
    joint = "components.ner.model.encoder.{}joint.name"
    of_approach = {
        "VinVL-CRF": {joint.format(""): str(vilt_folder)},
        "BERT+VinVL-CRF": {joint.format("second."): str(vilt_folder)},
    }
    captioner = {"@misc": "spacy_ita.HFCaptioner.v2", "name": str(vit_gpt2)}
    engines = {
        "LA_BU": ("image_objects", {"@misc": "spacy_ita.HFDetector.v2", "name": str(yolos)}),
        "GA_BU": ("image_captions", captioner),
        **by_relevance(captioner),
    }
    # the model that measures the relevance of captions
    (project / "training").mkdir()
    (project / "training" / "minilm").symlink_to(bert_folder)
    # another test may have looked before it existed
    has_weights.cache_clear()

    def make(data, names=None):
        dataset = datasets(project / "tweets")[data] if isinstance(data, str) else data
        if data == "demo":
            dataset = replace(dataset, vision=str(vit_folder), engines=engines)
        encoder = Encoder("minilm", str(bert_folder))
        runs = [
            Run(approach, dataset, encoder, 0, {**SHORT, **of_approach.get(approach.name, {})})
            for approach in APPROACHES
        ]
        found = [run for run in runs if run.approach.name in (names or [run.approach.name])]
        found = [run for run in found if not run.missing()]
        for run in found:
            run.data.prepare(run.approach.corpus)
        return found

    return make


KNOWLEDGE = {a.name for a in APPROACHES if a.name.startswith("Knowledge")}
OF_PICTURES = {a.name for a in APPROACHES if set(a.parts) - {"captions", "knowledge"}}
ROWS = {
    "demo": {a.name for a in APPROACHES} - KNOWLEDGE,
    # without pictures
    "twitter2017": {a.name for a in APPROACHES} - OF_PICTURES - {"ITA-LA_BU", "ITA-OCA_Paddle"},
}


def test_every_row_can_run_on_some_data():
    assert set.union(*ROWS.values()) == {a.name for a in APPROACHES}


@pytest.mark.slow
@pytest.mark.parametrize("data", ROWS)
def test_every_row_that_can_run(data, project, make_runs):
    runs = make_runs(data)
    assert {run.approach.name for run in runs} == ROWS[data]
    # of the rows that run on both data sets, one with a single view and one with both
    trained = ROWS[data] if data == "demo" else {*KNOWLEDGE, "T-only", "ITA-GA + CVA"}
    runs = [run for run in runs if run.approach.name in trained]
    runner = Runner(project / "models", project / "experiments", train=train_here)
    assert runner.run_all(runs, jobs=1) == []
    lines, corpora = read(runner.results), {a.name: a.corpus for a in APPROACHES}
    assert Counter((line["approach"], line["view"]) for line in lines) == Counter(
        (run.approach.name, view) for run in runs for view in run.approach.views
    )
    for line in lines:
        assert 0 <= line["f"] <= 1
        assert set(line["per_type"]) == {"PER", "LOC"}
        assert set(line["kinds"]) == ({"ambiguous"} if data == "demo" else set())
        # the pictures of other corpora may say nothing
        if corpora[line["approach"]] == "aligned":
            assert ("distance" in line) == (
                line["view"] == "I+T" and "spaCy" not in line["approach"]
            )
        assert len(read_counts(runner.results, line)) == 8
        documents = read_predictions(runner.results, line)
        assert (documents is None) == (data != "demo")
        # names in appended captions are no entities of the text
        assert all(end <= 12 for d in documents or () for _, end, _ in d[line["view"]])
    assert list((project / "models").iterdir()) == []
    assert runner.pending(runs) == []


@pytest.mark.slow
def test_alignments_that_say_nothing_move_no_vectors(project, make_runs):
    for split in ("train", "dev", "test"):
        path = project / "corpus" / "demo" / "aligned" / f"{split}.spacy"
        docs = read_docs(path, Vocab())
        for doc in docs:
            doc._.image_captions = []
        write_docs(docs, path)
    runner = Runner(project / "models", project / "experiments", train=train_here)
    assert runner.run_all(make_runs("demo", ["ITA-GA"]), jobs=1) == []
    [line] = read(runner.results)
    assert "distance" not in line


def test_a_run_that_failed_does_not_stop_the_others(project, make_runs, capsys):
    runs = make_runs("demo", ["T-only", "ITA-GA"])

    def fail_for_text(config, output, run):
        if "T-only" in str(output):
            raise TrainingError("the end of the output")
        train_here(config, output, run)

    runner = Runner(project / "models", project / "experiments", train=fail_for_text)
    assert [run.approach.name for run in runner.run_all(runs, jobs=1)] == ["T-only"]
    assert "the end of the output" in capsys.readouterr().out
    assert {line["approach"] for line in read(runner.results)} == {"ITA-GA"}
    assert [run.approach.name for run in runner.pending(runs)] == ["T-only"]


def test_an_interrupted_table_begins_no_other_run(project, make_runs):
    begun = []

    def interrupt(config, output, run):
        begun.append(output)
        raise KeyboardInterrupt

    runner = Runner(project / "models", project / "experiments", train=interrupt)
    runs = make_runs("demo", ["T-only", "ITA-LA", "ITA-GA", "ITA-All"])
    with pytest.raises(KeyboardInterrupt):
        runner.run_all(runs, jobs=1)
    assert len(begun) < len(runs)


@pytest.mark.slow
def test_a_training_is_a_process_whose_output_is_kept(project, make_runs):
    (run,) = make_runs("demo", ["T-only"])
    config = run.scheduled()
    config["training"]["dropout"] = "much"
    config.to_disk(project / "config.cfg")
    with pytest.raises(TrainingError, match="dropout"):
        train(project / "config.cfg", project / "out", run)


@pytest.mark.slow
def test_a_test_split_is_measured_beside_the_development_split(project, make_runs):
    folder = project / "tweets" / "twitter2017"
    tweets = (folder / "valid.txt").read_text().split("\n\n")[:3]
    (folder / "test.txt").write_text("\n\n".join(tweets))
    [run] = make_runs("twitter2017", ["ITA-GA"])
    runner = Runner(project / "models", project / "experiments", train=train_here)
    assert set(runner.run(run)) == {"valid I+T", "test I+T", "test, best on valid I+T"}
    lines = read(runner.results)
    assert [line["split"] for line in lines] == ["valid", "test", "test, best on valid"]
    assert [len(read_counts(runner.results, line)) for line in lines] == [8, 3, 3]
    # the test split chose nothing
    assert run.config()["paths"]["dev"].endswith("dev.spacy")
    assert len(run.data.docs("aligned", "dev")) == 8


def test_a_run_of_a_gpu_is_measured_there(make_runs, monkeypatch):
    from scripts.experiments.runs import measure

    used = []

    def require_gpu(gpu_id):
        used.append(gpu_id)
        raise ValueError("no GPU here")

    monkeypatch.setattr(measure.spacy, "require_gpu", require_gpu)
    [run] = make_runs("twitter2017", ["T-only"])
    with pytest.raises(ValueError, match="no GPU"):
        measure.measure(replace(run, gpu_id=1), "model", "test")
    assert used == [1]


@pytest.mark.slow
def test_rivals_run_on_tweets_with_pictures(project, make_runs, vit_folder, yolos):
    """Each on ten posts of a folder that holds pictures and no recorded captions."""
    folder = project / "tweets" / "twitter2017"
    (folder / "captions.jsonl").unlink()
    (folder / "images").mkdir()
    for split, numbers in (("train", range(10)), ("valid", range(10, 16))):
        tweets = [f"IMGID:{n}\ni\tO\nlove\tO\nparis\tB-{('PER', 'LOC')[n % 2]}\n" for n in numbers]
        (folder / f"{split}.txt").write_text("\n".join(tweets))
        for n in numbers:
            Image.new("RGB", (64, 64), ("red", "blue")[n % 2]).save(folder / "images" / f"{n}.jpg")
    # a detector that stands for the hub's, alone: the others need no captions
    (project / "configs").unlink()
    (project / "configs").mkdir()
    detector = {"@misc": "spacy_ita.HFDetector.v2", "name": str(yolos), "threshold": 0.0}
    for config in ("align_hub", "align_recorded_knowledge"):
        shutil.copy(ROOT / "configs" / f"{config}.cfg", project / "configs")
    aligning("image_objects", detector).to_disk(project / "configs" / "align_hub.cfg")
    names = [*RIVALS, "RpBERT (no Rp)"]
    dataset = replace(datasets(project / "tweets")["twitter2017"], vision=str(vit_folder))
    runs = make_runs(dataset, names)
    assert [run.approach.name for run in runs] == names
    runner = Runner(project / "models", project / "experiments", train=train_here)
    assert runner.run_all(runs, jobs=1) == []
    assert {line["approach"] for line in read(runner.results)} == set(names)
    assert len(runs[0].data.docs("aligned", "train")) == 10
