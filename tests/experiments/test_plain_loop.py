"""The plain training loop that T-only is compared with."""

from pathlib import Path

import pytest

from scripts.experiments.plain_loop import main
from spacy_ita.report.predictions import read_counts, read_predictions
from spacy_ita.report.results import read


@pytest.mark.slow
def test_its_row_is_among_the_results(project, bert_folder):
    Path("training").mkdir()
    Path("training/minilm").symlink_to(bert_folder)
    main(project / "tweets", data="twitter2017", seed=1, output=Path("experiments"))
    results = Path("experiments") / "results.jsonl"
    (line,) = read(results)
    about = [line[name] for name in ("approach", "data", "seed", "view")]
    assert about == ["plain loop", "twitter2017", 1, "T"]
    assert len(read_counts(results, line)) == 8
    # entities in tweets aren't published
    assert read_predictions(results, line) is None


def test_unknown_data_are_one_line(project, capsys):
    with pytest.raises(SystemExit) as ended:
        main(project / "tweets", data="twitter2018")
    assert ended.value.code == 1
    assert "no data set 'twitter2018'" in capsys.readouterr().out
