import pytest
import torch

from spacy_ita.alignment.objects.boxes import best_objects

FOUND = [
    ("dog", 0.6, torch.tensor([0.0, 0.0, 10.0, 10.0])),
    ("cat", 0.8, torch.tensor([0.0, 0.0, 10.0, 10.0])),
    # covers 6 of the 14 units of its area and the first dog's together
    ("dog", 0.9, torch.tensor([4.0, 0.0, 14.0, 10.0])),
    ("dog", 0.5, torch.tensor([-5.0, 30.0, 25.0, 90.0])),
]


@pytest.mark.parametrize(
    ("nms", "scores"),
    [(None, [0.9, 0.8, 0.6, 0.5]), (0.43, [0.9, 0.8, 0.6, 0.5]), (0.42, [0.9, 0.8, 0.5])],
)
def test_the_weaker_of_two_boxes_of_a_label_goes(nms, scores):
    found = best_objects(FOUND, (20, 40), nms, None)
    assert [item["score"] for item in found] == scores
    assert found[-1]["box"] == [0.0, 30.0, 20.0, 40.0]


def test_a_box_that_went_makes_no_other_go():
    row = [("dog", 1 - x / 10, torch.tensor([x, 0.0, x + 10.0, 5.0])) for x in (0.0, 3.0, 6.0)]
    assert [item["box"][0] for item in best_objects(row, (20, 20), 0.5, None)] == [0.0, 6.0]


def test_top_counts_what_is_left():
    found = best_objects(FOUND, (20, 40), 0.4, 3)
    assert [item["score"] for item in found] == [0.9, 0.8, 0.5]
