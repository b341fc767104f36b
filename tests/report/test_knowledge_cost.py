"""F1 if only unsure posts are read with knowledge."""

import numpy as np
import pytest

from spacy_ita.report.knowledge_cost import knowledge_curve, least_confidences


def test_the_least_sure_posts_are_read_first():
    # two entities, none, one
    text = np.array([[1, 1, 0], [0, 0, 1], [0, 1, 1]])
    knowledge = np.array([[2, 0, 0], [1, 0, 0], [0, 1, 1]])
    least = least_confidences(text, [0.9, 0.4, 0.6])
    assert least.tolist() == [0.4, 1.0, 0.6]
    curve = knowledge_curve(text, knowledge, least, [0.0, 1 / 3, 2 / 3, 1.0])
    # 1 right, 2 wrong, 2 missed; the first post is put right; the third isn't; then the second
    assert [point.f for point in curve] == pytest.approx([2 / 6, 4 / 7, 4 / 7, 6 / 8])
    assert [point.threshold for point in curve] == [0.4, 0.6, 1.0, 1.0]
    assert curve[0].f_random == curve[0].f and curve[3].f_random == curve[3].f


def test_confidences_of_other_predictions_are_refused():
    with pytest.raises(ValueError, match="1 confidences of 2 entities"):
        least_confidences(np.array([[1, 1, 0]]), [0.5])
