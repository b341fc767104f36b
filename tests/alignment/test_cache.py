import multiprocessing
import os
import pickle
import sqlite3

import pytest

from spacy_ita.alignment.cache import AlignmentCache

VALUE = [{"text": "a “man”", "score": -0.25}]


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
    fork = multiprocessing.get_context("fork")
    writers = [fork.Process(target=write, args=(path, name)) for name in ("first", "second")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(timeout=60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    with sqlite3.connect(path) as connection:
        assert connection.execute("SELECT count(*) FROM alignments").fetchone() == (400,)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_corrupt_file_is_warned_of_once_and_done_without(path):
    path.parent.mkdir(parents=True)
    path.write_bytes(b"this is no database, and long enough to be seen as none" * 50)
    cache = AlignmentCache(str(path))
    with pytest.warns(UserWarning, match="can't be used.*not a database") as caught:
        assert cache.get_many(["a"]) == {}
        cache.put_many({"a": VALUE})
        assert cache.get_many(["a"]) == {}
    assert len(caught) == 1 and str(path) in str(caught[0].message)


def test_locked_file_is_warned_of_and_done_without(path, monkeypatch):
    monkeypatch.setattr("spacy_ita.alignment.cache.BUSY_TIMEOUT", 0.1)
    cache = AlignmentCache(str(path))
    cache.put_many({"a": VALUE})
    with sqlite3.connect(path) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.warns(UserWarning, match="locked"):
            cache.put_many({"b": VALUE})
        other.rollback()


def test_folder_that_can_not_be_made(tmp_path):
    (tmp_path / "file").write_text("in the way")
    cache = AlignmentCache(str(tmp_path / "file" / "cache.db"))
    with pytest.warns(UserWarning, match="can't be used"):
        assert cache.get_many(["a"]) == {}


def test_a_value_that_is_no_json_is_done_without(path):
    cache = AlignmentCache(str(path))
    cache.put_many({"a": VALUE})
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alignments SET value = '[{'")
    with pytest.warns(UserWarning, match="can't be used"):
        assert cache.get_many(["a"]) == {}
