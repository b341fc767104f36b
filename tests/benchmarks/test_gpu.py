"""The benchmark of a card runs here too, with small sizes."""

import json

import pytest


@pytest.mark.slow
def test_it_writes_a_row_for_each_target(six_layers, make_corpus, tmp_path):
    from benchmarks import gpu

    output = tmp_path / "gpu.json"
    gpu.main(make_corpus(40, 12), six_layers, output, six_layers, documents=40, updates=2, rounds=1)
    found = json.loads(output.read_text())
    assert len(found["rows"]) == 4 + 2 * 4
    assert all(row["ratio"] > 0 for row in found["rows"])
    assert found["rows"][-1]["after"] > found["rows"][0]["after"] > 0, "rows are written with time"
    assert found["mini"]["words_per_second"] > 0
