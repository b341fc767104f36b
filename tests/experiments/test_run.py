"""The command that runs the table."""

import pytest
import typer

from scripts.experiments.rows.approaches import APPROACHES
from scripts.experiments.run import main, parse


@pytest.mark.parametrize(
    ("only", "count"),
    [("ITA-GA + CVA,Knowledge", 2), pytest.param("", len(APPROACHES), marks=pytest.mark.slow)],
)
def test_every_row_is_listed_with_its_overrides(project, capsys, only, count):
    main(tweets=project / "tweets", only=only, data="demo,twitter2017", seeds="0,1", dry=True)
    shown = capsys.readouterr().out
    assert shown.count("-minilm-") == 2 * 2 * count
    assert "demo-minilm-ITA-GA-CVA-1  [configs/demo.cfg]" in shown
    assert "needs knowledge, the weights of training/minilm\n    --nlp.pipeline" in shown
    assert "--components.ner.loss.kl_weight 0.0" in shown


def test_an_unknown_name_is_one_line(project, capsys):
    with pytest.raises(SystemExit) as ended:
        main(tweets=project / "tweets", only="T-only,ITA-XY", dry=True)
    assert ended.value.code == 1
    assert "no approach 'ITA-XY': there are T-only," in " ".join(capsys.readouterr().out.split())


def test_a_setting_is_json_or_a_string():
    assert parse("training.dropout=0.3") == ("training.dropout", 0.3)
    assert parse("paths.encoder=a=b") == ("paths.encoder", "a=b")
    with pytest.raises(typer.BadParameter, match="--set training.dropout: give NAME=VALUE"):
        parse("training.dropout")
