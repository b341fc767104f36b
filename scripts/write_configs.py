"""Write configs/*.cfg, the project's own configs, from `spacy_ita/recipes/published.py`."""

from pathlib import Path

from spacy_ita.recipes.published import PUBLISHED

CONFIGS = Path(__file__).parents[1] / "configs"

for name, config in PUBLISHED.items():
    (CONFIGS / f"{name}.cfg").write_text(config.text, encoding="utf8")
