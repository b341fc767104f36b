"""The table of what the rivals cost."""

import pytest

from scripts.experiments import costs


@pytest.mark.slow
def test_every_rival_is_compared_with_ita(project, bert_folder, vit_folder, capsys):
    (project / "training").mkdir()
    (project / "training" / "minilm").symlink_to(bert_folder)
    (project / "training" / "vision").symlink_to(vit_folder)
    costs.main(documents=2, rounds=1)
    _, _, *rows = (line[2:-2].split(" | ") for line in capsys.readouterr().out.splitlines())
    assert [row[0] for row in rows] == costs.NAMES
    assert rows[0][2:] == ["1.00 ×", "1.00 ×"]
    # UMT's layers between text and picture come on top of the encoder
    size = {row[0]: float(row[1].split()[0]) for row in rows}
    assert size["UMT"] > size["RpBERT"] >= size["ITA-All"]
