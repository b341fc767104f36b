"""Pictures that threads read while a backend works on earlier ones."""

import io
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import pytest
import spacy
from PIL import Image

from spacy_ita.alignment import read_ahead
from spacy_ita.alignment.cache import AlignmentCache
from spacy_ita.alignment.picture import Picture
from spacy_ita.alignment.pipe import ImageAligner
from spacy_ita.alignment.read_ahead import one_behind
from spacy_ita.extensions import DEFAULTS
from spacy_ita.extensions.alignments import Caption, Knowledge

SECONDS = 20


class Reader:
    """Captions a picture by its path."""

    def __init__(self, name="reader"):
        self.identity = {"name": name}
        self.threads = set()

    def __call__(self, pictures):
        self.threads.add(threading.current_thread())
        return [[{"text": picture.path, "score": 1.0}] for picture in pictures]


class Preparing(Reader):
    """Prepares pictures, and says at the call how many were prepared."""

    def __init__(self):
        super().__init__()
        self.all_prepared = threading.Event()
        self.prepared = []

    def prepare_picture(self, picture):
        self.prepared.append(picture.path)
        picture.inputs[self] = picture.image.size
        if len(self.prepared) == 4:
            self.all_prepared.set()

    def __call__(self, pictures):
        assert all(self in picture.inputs for picture in pictures)
        # the first call ends when the next batch was prepared beside it
        assert self.all_prepared.wait(SECONDS)
        return super().__call__(pictures)


class Background(Reader):
    """Works in the background, and ends a batch when the other pipe has begun the next."""

    in_background = True

    def __init__(self, begun):
        super().__init__("background")
        self.begun = begun

    def __call__(self, pictures):
        assert self.begun.wait(SECONDS)
        return [[{"text": found["text"]}] for [found] in super().__call__(pictures)]


@pytest.fixture
def paths(tmp_path):
    paths = [str(tmp_path / f"{number}.png") for number in range(4)]
    for number, path in enumerate(paths):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(path)
    return paths


def aligner(backend, target="image_captions", item=Caption, cache=None):
    return ImageAligner(
        "captions",
        backend,
        attrs=DEFAULTS,
        target=target,
        item=item,
        cache=cache,
        batch_size=2,
        strict=True,
        overwrite=False,
    )


def documents(paths):
    nlp = spacy.blank("en")
    for path in paths:
        doc = nlp.make_doc(path)
        doc._.image_path = path
        yield doc


def read(pipe, paths):
    return [doc._.image_captions[0]["text"] for doc in pipe.pipe(documents(paths))]


def test_the_next_batch_is_prepared_while_the_backend_works(paths):
    backend = Preparing()
    assert read(aligner(backend), paths) == paths
    assert sorted(backend.prepared) == paths
    assert backend.threads == {threading.current_thread()}


def test_no_more_is_decoded_ahead_than_there_is_room_for(paths, monkeypatch):
    size = 8 * 8 + Path(paths[0]).stat().st_size // 4
    # for one picture of the two of a batch
    monkeypatch.setattr(read_ahead, "AHEAD_PIXELS", size + size // 2)

    class Counting(Reader):
        decoded = 0

        def prepare_picture(self, picture):
            self.decoded += 1

    backend = Counting()
    assert read(aligner(backend), paths) == paths
    assert backend.decoded == 2


def test_cached_pictures_are_not_decoded(paths, tmp_path):
    pipe = aligner(Preparing(), cache=AlignmentCache(str(tmp_path / "cache.db")))
    assert read(pipe, paths) == paths
    pipe.backend.prepared.clear()
    assert read(pipe, paths) == paths
    assert pipe.backend.prepared == []


def test_a_backend_works_in_the_background_of_earlier_pipes(paths):
    begun = threading.Event()
    calls = []

    class First(Reader):
        def __call__(self, pictures):
            calls.append(len(pictures))
            if len(calls) == 2:
                begun.set()
            return super().__call__(pictures)

    background = Background(begun)
    first, second = aligner(First()), aligner(background, "image_knowledge", Knowledge)
    found = [doc._.image_knowledge for doc in second.pipe(first.pipe(documents(paths)))]
    assert [entries[0]["text"] for entries in found] == paths
    assert threading.current_thread() not in background.threads


def test_no_thread_outlives_the_stream(paths):
    before = threading.active_count()
    stream = aligner(Preparing()).pipe(documents(paths))
    list(islice(stream, 1))
    assert threading.active_count() > before
    stream.close()
    assert threading.active_count() == before


def test_an_error_comes_after_the_batches_before_it():
    def batches():
        yield 1
        yield 2
        raise ValueError("broken")

    stream = one_behind(batches())
    assert [next(stream), next(stream)] == [1, 2]
    with pytest.raises(ValueError, match="broken"):
        next(stream)


def test_pictures_are_decoded_at_once_in_several_threads(monkeypatch):
    both = threading.Barrier(2, timeout=5)
    red = io.BytesIO()
    Image.new("RGB", (8, 6), "red").save(red, "PNG")

    def read(path, allow_http):
        both.wait()
        return red.getvalue()

    monkeypatch.setattr("spacy_ita.alignment.picture.read_source", read)
    with ThreadPoolExecutor(2) as pool:
        images = list(pool.map(lambda path: Picture(path).image, "ab"))
    assert {image.getpixel((0, 0)) for image in images} == {(255, 0, 0)}
