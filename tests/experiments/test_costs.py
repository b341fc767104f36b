"""What the rivals cost."""

import pytest

from scripts.experiments import comparison, costs


@pytest.mark.slow
def test_every_rival_is_compared_with_ita(project, bert_folder, vit_folder):
    (project / "training").mkdir()
    (project / "training" / "minilm").symlink_to(bert_folder)
    (project / "training" / "vision").symlink_to(vit_folder)
    costs.main(documents=2, rounds=1, output=project / "costs.json")
    found = comparison.read_costs(project / "costs.json")
    assert list(found) == comparison.MEASURED
    assert (found["ITA-All"]["update"], found["ITA-All"]["reading"]) == (1.0, 1.0)
    # UMT's layers between text and picture come on top of the encoder
    size = {name: cost["parameters"] for name, cost in found.items()}
    assert size["UMT"] > size["RpBERT"] >= size["ITA-All"]
