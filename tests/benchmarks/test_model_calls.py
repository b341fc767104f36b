"""Recorded calls of a model, without those that the model makes of itself."""

from benchmarks.parts.model_calls import recorded_calls, replay


class Model:
    """Counts the calls of each method; `generate` calls `forward` twice."""

    def __init__(self):
        self.made = []

    def forward(self, number):
        self.made.append(number)
        return number

    def generate(self, numbers):
        return [self.forward(number) for number in numbers]


def test_calls_are_made_again_as_they_were():
    model = Model()
    with recorded_calls(model) as calls:
        assert model.generate(numbers=[1, 2]) == [1, 2]
        assert model.forward(3) == 3
    model.forward(4)
    assert len(calls) == 2
    model.made.clear()
    replay(calls)
    assert model.made == [1, 2, 3]
    assert "forward" not in vars(model)
