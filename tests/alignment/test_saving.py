"""Pipelines saved with their vision models."""

import multiprocessing
import pickle
import shutil
from concurrent.futures import ThreadPoolExecutor

import pytest
import spacy
import srsly

from spacy_ita.alignment.captions.hf import HFCaptioner
from spacy_ita.alignment.hub import model as hf
from spacy_ita.alignment.objects.hf import HFDetector
from spacy_ita.alignment.objects.open_vocabulary import OpenVocabularyDetector
from spacy_ita.alignment.picture import Picture
from spacy_ita.alignment.protocol import Saved
from spacy_ita.errors import BackendError


def build(objects, captions):
    nlp = spacy.blank("en")
    detector = {"@misc": "spacy_ita.HFDetector.v2", "name": str(objects), "threshold": 0.0}
    captioner = {"@misc": "spacy_ita.HFCaptioner.v2", "name": str(captions)}
    nlp.add_pipe("image_objects", config={"backend": detector})
    nlp.add_pipe("image_captions", config={"backend": captioner})
    return nlp


def align(nlp, paths):
    docs = []
    for path in paths:
        doc = nlp.make_doc("text")
        doc._.image_path = path
        docs.append(doc)
    return [(doc._.image_objects, doc._.image_captions) for doc in nlp.pipe(docs)]


def identities(nlp):
    return [nlp.get_pipe(name).backend.identity for name in nlp.pipe_names]


OTHERS = [("detr", "git"), ("rt_detr", "vit_gpt2"), ("yolos", "vit_bert")]


@pytest.mark.slow
@pytest.mark.parametrize("models", [("yolos", "blip"), *OTHERS])
def test_a_moved_pipeline_needs_no_source(models, pictures, tmp_path, request):
    sources = [tmp_path / "objects", tmp_path / "captions"]
    for name, source in zip(models, sources, strict=True):
        shutil.copytree(request.getfixturevalue(name), source)
    nlp = build(*sources)
    expected, identity = align(nlp, pictures[:2]), identities(nlp)
    nlp.to_disk(tmp_path / "model")
    stored, config = nlp.to_bytes(), nlp.config
    for source in sources:
        shutil.rmtree(source)
    from_bytes = spacy.blank("en").from_config(config).from_bytes(stored)
    shutil.move(tmp_path / "model", tmp_path / "moved")
    from_disk = spacy.load(tmp_path / "moved")
    # saved again, by a pipeline that never used its models, over its own files
    from_disk.to_disk(tmp_path / "again")
    spacy.load(tmp_path / "moved").to_disk(tmp_path / "moved")
    for pipe in nlp.pipe_names:
        suffixes = {path.suffix for path in (tmp_path / "moved" / pipe).iterdir()}
        assert ".safetensors" in suffixes and suffixes.isdisjoint({".bin", ".pt", ".pkl"})
    loaded = [from_bytes, from_disk]
    loaded += [spacy.load(tmp_path / name) for name in ("again", "moved")]
    for other in loaded:
        assert identities(other) == identity
        assert align(other, pictures[:2]) == expected
        assert identities(other) == identity


def test_models_load_at_first_use(yolos, blip, pictures, tmp_path, monkeypatch):
    nlp = build(yolos, blip)
    nlp.to_disk(tmp_path / "model")
    reads = []
    read = hf.HFBackend.read
    monkeypatch.setattr(hf.HFBackend, "read", lambda self: (reads.append(self), read(self)))
    loaded = spacy.load(tmp_path / "model")
    loaded("no picture")
    assert reads == []
    align(loaded, pictures[:1])
    align(loaded, pictures[:1])
    assert len(reads) == 2


def test_identity_follows_weights_and_parameters(yolos, tmp_path):
    identity = HFDetector(str(yolos)).identity
    shutil.copytree(yolos, tmp_path / "copy")
    assert HFDetector(str(tmp_path / "copy")).identity == identity
    assert HFDetector(str(yolos), threshold=0.1).identity != identity
    assert HFDetector(str(yolos), top_k=None).identity != identity
    weights = tmp_path / "copy" / "model.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    assert HFDetector(str(tmp_path / "copy")).identity != identity


def test_identity_of_a_model_of_the_hub(blip):
    one = HFCaptioner("someone/model").identity
    assert one["weights"] == "someone/model@main"
    assert HFCaptioner("someone/model", revision="abc").identity != one
    names = ("num_return_sequences", "max_new_tokens", "min_new_tokens")
    for setting in ({"num_beams": 6}, *({name: 4} for name in names)):
        assert HFCaptioner("someone/model", **setting).identity != one


def test_cached_answers_serve_the_moved_pipeline(yolos, pictures, tmp_path):
    cache = {"@misc": "spacy_ita.AlignmentCache.v1", "path": str(tmp_path / "cache.db")}
    nlp = spacy.blank("en")
    backend = {"@misc": "spacy_ita.HFDetector.v2", "name": str(yolos), "threshold": 0.0}
    nlp.add_pipe("image_objects", config={"backend": backend, "cache": cache})
    expected = align(nlp, pictures)
    nlp.to_disk(tmp_path / "model")
    loaded = spacy.load(tmp_path / "model")
    assert align(loaded, pictures) == expected
    assert loaded.get_pipe("image_objects").backend.model is None


def test_a_model_that_is_not_there(tmp_path, pictures, monkeypatch):
    nlp = build(tmp_path / "nothing", tmp_path / "nothing")
    with pytest.raises(BackendError, match="can't load the model .*nothing"):
        align(nlp, pictures[:1])
    with pytest.warns(UserWarning, match="Saved without a vision model") as caught:
        nlp.to_disk(tmp_path / "model")
    # Python 3.13 warns of a socket that another test has left open
    assert sum("Saved without" in str(warning.message) for warning in caught) == 2
    loaded = spacy.load(tmp_path / "model")
    with pytest.raises(BackendError, match="can't load the model"):
        align(loaded, pictures[:1])


@pytest.mark.parametrize("file", ["model.safetensors", "config.json", "preprocessor_config.json"])
def test_a_damaged_model_is_named(yolos, tmp_path, pictures, file):
    shutil.copytree(yolos, tmp_path / "copy")
    (tmp_path / "copy" / file).write_bytes(b"{")
    with pytest.raises(BackendError, match="can't load the model .*copy"):
        HFDetector(str(tmp_path / "copy"))([Picture(pictures[0])])


def test_backends_are_saved_ones_and_pickle(yolos, blip, pictures):
    nlp = build(yolos, blip)
    expected = align(nlp, pictures[:1])
    for name, found in zip(nlp.pipe_names, expected[0], strict=True):
        pipe = pickle.loads(pickle.dumps(nlp.get_pipe(name)))
        assert isinstance(pipe.backend, Saved)
        doc = nlp.make_doc("text")
        doc._.image_path = pictures[0]
        assert pipe(doc)._.get(name) == found


def test_excluded_pipes_are_not_saved(yolos, blip, tmp_path):
    nlp = build(yolos, blip)
    nlp.to_disk(tmp_path / "model", exclude=["image_captions"])
    assert any((tmp_path / "model" / "image_objects").iterdir())
    assert not (tmp_path / "model" / "image_captions").exists()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["blip", pytest.param("vit_bert", marks=pytest.mark.slow)])
def test_threads_share_a_model_that_is_not_read_yet(name, pictures, request):
    folder = str(request.getfixturevalue(name))
    batches = [[Picture(path)] for path in pictures[:4]]
    expected = [*map(HFCaptioner(folder), batches)]
    for _ in range(3):
        captioner = HFCaptioner(folder)
        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(captioner, batches)) == expected


def test_threads_share_a_vocabulary_that_is_not_read_yet(owlv2, pictures, tmp_path):
    words = tmp_path / "words.txt"
    words.write_text("dog\nred ball")
    settings = {"vocabulary": str(words), "threshold": 0.0}
    batches = [[Picture(path)] for path in pictures[:4]]
    expected = [*map(OpenVocabularyDetector(str(owlv2), **settings), batches)]
    detector = OpenVocabularyDetector(str(owlv2), **settings)
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(detector, batches)) == expected


def test_a_fork_can_read_a_model_while_its_parent_does(yolos, pictures):
    def child(done):
        HFDetector(str(yolos)).load()
        done.set()

    context = multiprocessing.get_context("fork")
    done = context.Event()
    with ThreadPoolExecutor(1) as pool, hf._READING:
        # from a thread that doesn't hold the lock
        process = pool.submit(_started, context.Process(target=child, args=(done,))).result()
        process.join(timeout=60)
        process.kill()
    assert done.is_set()


def _started(process):
    process.start()
    return process


def test_bytes_stay_in_their_folder(yolos, blip, tmp_path):
    pipe = build(yolos, blip).get_pipe("image_objects")
    for name in (str(tmp_path / "new"), "../new", "a/../../new"):
        with pytest.raises(ValueError, match="image_objects: the bytes contain a file outside"):
            pipe.from_bytes(srsly.msgpack_dumps({name: b"x"}))
    assert not (tmp_path / "new").exists()


def test_a_branch_of_the_hub_that_moves_is_another_model(yolos, pictures, tmp_path, monkeypatch):
    # the names in transformers 4 and in 5
    monkeypatch.setattr("transformers.utils.hub.TRANSFORMERS_CACHE", str(tmp_path), raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    repository = tmp_path / "models--someone--yolos"
    (repository / "refs").mkdir(parents=True)
    used = []
    for commit in ("a" * 40, "b" * 40):
        snapshot = repository / "snapshots" / commit
        shutil.copytree(yolos, snapshot)
        config = srsly.read_json(snapshot / "config.json")
        config["id2label"] = dict.fromkeys(config["id2label"], commit[0])
        srsly.write_json(snapshot / "config.json", config)
        (repository / "refs" / "main").write_text(commit)
        used.append(HFDetector("someone/yolos", threshold=0.0))
        assert used[-1].identity["weights"] == f"someone/yolos@{commit}"
    # the first one reads the commit in its key, wherever the branch is now
    [found] = used[0]([Picture(pictures[0])])
    assert {item["label"] for item in found} == {"a"}
