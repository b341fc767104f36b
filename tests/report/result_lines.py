"""Lines of results, and runs whose predictions are lost."""

import gzip
import json

from spacy_ita.report.predictions import FILE

PER, LOC = (7, 12, "PER"), (7, 12, "LOC")


def line(approach, view, seed, f, **more):
    prf = {"p": f, "r": f, "f": f}
    return {
        "approach": approach,
        "data": "demo",
        "encoder": "minilm",
        "seed": seed,
        "split": "test",
        "view": view,
        **prf,
        "per_type": {"PER": prf, "LOC": prf},
        "kinds": {"plain": f},
        "settings": {},
        "recipe": "new",
        "predictions": f"{approach}-{seed}",
        **more,
    }


def keep_all_but(name, results):
    """Remove the runs with a prefix from the file of predictions."""
    path = results.parent / FILE
    runs = gzip.decompress(path.read_bytes()).decode().splitlines(keepends=True)
    kept = "".join(run for run in runs if not json.loads(run)["name"].startswith(name))
    path.write_bytes(gzip.compress(kept.encode()))
