"""Modules that have moved: their old names still import, with a deprecation warning."""

import sys
import warnings
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

PACKAGE = "spacy_ita."
MOVED = {
    "aligner": "pipeline.aligner",
    "alignment.backends": "alignment",
    "alignment.backends.attributes": "alignment.objects.attributes",
    "alignment.backends.base": "alignment.protocol",
    "alignment.backends.captions": "alignment.captions.hf",
    "alignment.backends.ensemble": "alignment.captions.ensemble",
    "alignment.backends.hf": "alignment.hub.model",
    "alignment.backends.objects": "alignment.objects.hf",
    "alignment.backends.onnx": "alignment.objects.onnx",
    "alignment.backends.open_vocabulary": "alignment.objects.open_vocabulary",
    "alignment.backends.recorded": "alignment.recorded.backend",
    "alignment.backends.relevance": "alignment.captions.relevance",
    "alignment.backends.served": "alignment.language_models",
    "alignment.backends.served.backend": "alignment.language_models.served",
    "alignment.checks": "extensions.normalisation",
    "alignment.component": "alignment.pipe",
    "alignment.types": "extensions.alignments",
    "annotator": "pipeline.annotator",
    "cli.corpus_run": "cli.shared.corpus_run",
    "cli.engine": "cli.shared.engine",
    "cli.files": "cli.shared.files",
    "cli.progress": "cli.shared.progress",
    "cli.renamed_options": "cli.shared.renamed_options",
    "colours": "report.label_colours",
    "confidences": "extensions.confidences",
    "consensus": "context.consensus",
    "corpora.atomic_files": "corpora.files.atomic",
    "corpora.conll_lines": "corpora.conll.lines",
    "corpora.fields": "corpora.rows.fields",
    "corpora.jsonl": "corpora.rows.jsonl",
    "corpora.parquet": "corpora.rows.parquet",
    "corpora.tag_schemes": "corpora.conll.tag_schemes",
    "corpora.utf8": "corpora.files.utf8",
    "encoder.concatenated": "encoder.concatenation",
    "encoder.image_features": "encoder.pictures.image_features",
    "encoder.pieces": "encoder.subwords.reader",
    "encoder.pretrained": "encoder.checkpoint",
    "encoder.vision": "encoder.pictures.vision_model",
    "encoder.vision_language": "encoder.pictures.vision_language",
    "factories": "alignment.factories",
    "io": "corpora",
    "io.atomic": "corpora.files.atomic",
    "io.parquet": "corpora.rows.parquet",
    "io.utf8": "corpora.files.utf8",
    "ner.calibration": "ner.scores.calibration",
    "ner.recalibration": "ner.scores.recalibration_fit",
    "ner.scores.recalibration": "ner.scores.recalibration_fit",
    "ner.scoring": "ner.scores.view_scores",
    "views": "context.views",
}
"""Former names of modules to present ones; modules within them move along."""


class MovedModules(MetaPathFinder, Loader):
    """Imports a module of the package by the name that it once had."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return a spec for a module that has moved; None for any other."""
        return ModuleSpec(fullname, self) if _new_name(fullname) else None

    def exec_module(self, module: ModuleType) -> None:
        """Put the module that has moved in the place of the new, empty one."""
        new_name = _new_name(module.__name__)
        warnings.warn(
            f"the module {module.__name__} is now {new_name}", DeprecationWarning, stacklevel=2
        )
        sys.modules[module.__name__] = import_module(new_name)


def _new_name(name: str) -> str:
    """Return the name that a module has now; "" if it has not moved."""
    if not name.startswith(PACKAGE):
        return ""
    old, inner = name.removeprefix(PACKAGE), ""
    while old:
        if old in MOVED:
            return f"{PACKAGE}{MOVED[old]}{inner}"
        old, _, last = old.rpartition(".")
        inner = f".{last}{inner}"
    return ""
