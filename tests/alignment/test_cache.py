import itertools
import multiprocessing
import os
import pickle
import random
import resource
import sqlite3
import time
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest
from sized import build, docs

from spacy_ita.alignment.answers import answer
from spacy_ita.alignment.cache import AlignmentCache
from spacy_ita.alignment.picture import Picture
from spacy_ita.extensions.alignments import Caption

VALUE = [{"text": "a “man”", "score": -0.25}]
FORK = multiprocessing.get_context("fork")
BATCH = 5


@pytest.fixture
def path(tmp_path):
    return tmp_path / "made" / "on" / "demand" / "cache.db"


def test_round_trip_over_many_keys(path):
    cache = AlignmentCache(str(path))
    keys = [f"key{number}" for number in range(1200)]
    cache.put_many({key: [{"text": key, "score": 0.1}] for key in keys})
    found = AlignmentCache(str(path)).get_many([*keys, "unknown"])
    assert found == {key: [{"text": key, "score": 0.1}] for key in keys}


def test_an_empty_alignment_is_known(path):
    cache = AlignmentCache(str(path))
    cache.put_many({"a": []})
    assert cache.get_many(["a", "b"]) == {"a": []}


def test_nothing_is_made_before_use(path):
    AlignmentCache(str(path))
    assert not path.parent.exists()


def test_survives_pickling_and_fork(path):
    cache = AlignmentCache(str(path))
    cache.put_many({"a": VALUE})
    pickle.loads(pickle.dumps(cache)).put_many({"b": VALUE})
    child = os.fork()
    if child == 0:
        cache.put_many({"c": VALUE})
        os._exit(0 if cache.get_many(["a"]) == {"a": VALUE} else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert set(cache.get_many("abc")) == {"a", "b", "c"}


def write(path, name):
    cache = AlignmentCache(str(path))
    for number in range(40):
        cache.put_many({f"{name}-{number}-{index}": VALUE for index in range(5)})


def test_two_processes_write_at_once(path):
    writers = [FORK.Process(target=write, args=(path, name)) for name in ("first", "second")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM alignments").fetchone() == (400,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_threads_write_one_cache_at_once(path):
    cache = AlignmentCache(str(path))

    def use(name):
        for number in range(1000):
            cache.put_many({f"{name}-{number}-{index}": VALUE for index in range(BATCH)})
        return cache.get_many([f"{name}-{number}-0" for number in range(1000)])

    with warnings.catch_warnings(), ThreadPoolExecutor(4) as pool:
        warnings.simplefilter("error")
        assert [len(found) for found in pool.map(use, "abcd")] == [1000] * 4
    with sqlite3.connect(path) as connection:
        count = connection.execute("SELECT count(*) FROM alignments").fetchone()
    assert count == (4 * 1000 * BATCH,)


def test_threads_that_find_it_corrupt_give_one_warning(path):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"no database" * 300)
    cache = AlignmentCache(str(path))
    with pytest.warns(UserWarning, match="can't be used") as caught, ThreadPoolExecutor(4) as pool:
        assert list(pool.map(cache.get_many, ["a"] * 40)) == [{}] * 40
    assert len(caught) == 1


def write_on(path, name, log):
    """Store batch after batch, and log each batch that the cache has stored."""
    cache = AlignmentCache(str(path))
    with log.open("ab", buffering=0) as taken:
        for number in itertools.count():
            batch = f"{name}-{number}"
            cache.put_many({f"{batch}-{index}": VALUE for index in range(BATCH)})
            taken.write(f"{batch}\n".encode())


@pytest.mark.slow
def test_writers_killed_at_random_lose_nothing(path, tmp_path):
    log = tmp_path / "log"
    log.touch()
    dice = random.Random(0)
    for number in range(12):
        writers = [FORK.Process(target=write_on, args=(path, f"{number}{x}", log)) for x in "ab"]
        wanted = len(log.read_bytes().split()) + dice.randint(1, 30)
        for writer in writers:
            writer.start()
        while len(log.read_bytes().split()) < wanted:
            assert all(writer.is_alive() for writer in writers)
            time.sleep(0.001)
        for writer in writers:
            writer.kill()
            writer.join(timeout=60)
    taken = log.read_text().split()
    assert len(AlignmentCache(str(path)).get_many(f"{batch}-0" for batch in taken)) == len(taken)
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        # a batch is stored whole, or not at all
        batch = "SELECT count(*) FROM alignments GROUP BY substr(key, 1, length(key) - 2)"
        assert {size for (size,) in connection.execute(batch)} == {BATCH}


def fill(path, limit):
    """Store batches until the file can't grow; exit with 0 if there was exactly one warning."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    cache = AlignmentCache(str(path))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for number in range(500):
            cache.put_many({f"full {number}": VALUE * 20})
            assert cache.get_many(["unknown"]) == {}
    (warning,) = caught
    assert "can't be used" in str(warning.message)


def test_full_disk_gives_one_warning_and_leaves_what_was_there(path):
    before = {f"before {number}": VALUE for number in range(50)}
    AlignmentCache(str(path)).put_many(before)
    child = FORK.Process(target=fill, args=(path, 100_000))
    child.start()
    child.join(timeout=60)
    assert child.exitcode == 0
    cache = AlignmentCache(str(path))
    assert cache.get_many(before) == before
    cache.put_many({"room again": VALUE})
    assert cache.get_many(["room again"]) == {"room again": VALUE}
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_corrupt_file_gives_one_warning_and_is_not_used(path):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is no database, and long enough to be seen as none" * 50)
    cache = AlignmentCache(str(path))
    with pytest.warns(UserWarning, match="can't be used.*not a database") as caught:
        assert cache.get_many(["a"]) == {}
        cache.put_many({"a": VALUE})
        assert cache.get_many(["a"]) == {}
    assert len(caught) == 1 and str(path) in str(caught[0].message)


def test_locked_file_gives_a_warning_and_is_not_used(path, monkeypatch):
    monkeypatch.setattr("spacy_ita.alignment.cache.BUSY_TIMEOUT", 0.1)
    cache = AlignmentCache(str(path))
    cache.put_many({"a": VALUE})
    with sqlite3.connect(path) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.warns(UserWarning, match="locked"):
            cache.put_many({"b": VALUE})
        other.rollback()


def test_folder_that_can_not_be_created(tmp_path):
    (tmp_path / "file").write_text("in the way")
    cache = AlignmentCache(str(tmp_path / "file" / "cache.db"))
    with pytest.warns(UserWarning, match="can't be used"):
        assert cache.get_many(["a"]) == {}


DAMAGED = ["[{", "null", "42", "{}", "[1]", '[{"text": "a"}]', '[{"text": "a", "score": NaN}]']


@pytest.mark.parametrize("value", [*DAMAGED, "[" * 100_000, None, b"\xff"])
def test_a_damaged_value_is_asked_for_again_and_replaced(path, pictures, value):
    class Captioner:
        identity = {"name": "captioner"}
        asked = 0

        def __call__(self, pictures):
            self.asked += len(pictures)
            return [VALUE for _ in pictures]

    backend, cache = Captioner(), AlignmentCache(str(path))
    for asked in (1, 1, 2, 2):
        if backend.asked == 1 and asked == 2:
            with sqlite3.connect(path) as connection:
                connection.execute("UPDATE alignments SET value = ?", (value,))
        assert answer([Picture(pictures[0])], backend, Caption, cache) == [VALUE]
        assert backend.asked == asked


def test_the_home_folder_is_where_a_shell_has_it(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    AlignmentCache("~/cache.db").put_many({"a": VALUE})
    assert (tmp_path / "cache.db").exists()


def test_the_log_counts_the_pictures_that_the_cache_lacks(path, pictures, caplog):
    caplog.set_level("DEBUG", "spacy")
    nlp = build(cache={"@misc": "spacy_ita.AlignmentCache.v1", "path": str(path)})
    for paths in (pictures[:2], pictures[:3], pictures[:3]):
        list(nlp.pipe(docs(nlp, paths)))
    assert caplog.messages == ["Sizes: pictures to read: 2", "Sizes: pictures to read: 1"]
