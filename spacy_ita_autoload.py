"""Lets spacy-transformers 1.4 load beside transformers 5.

spaCy imports spacy-transformers in every process, for its factory. Under transformers 5 that import
fails on one moved name, and spaCy with it. torch calls `install` as it is imported, which is before
spaCy looks for factories: that is what its entry points `torch.backends` are for. Nothing else
happens until somebody imports spacy-transformers.

The module stands outside the package, whose import needs spaCy.
"""

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType


class MovedName(MetaPathFinder):
    """Finds no module, but puts a name back before spacy-transformers asks for it."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Put `BatchEncoding` where transformers 4 has it. Returns None."""
        if fullname == "spacy_transformers":
            import transformers
            from transformers import tokenization_utils

            if not hasattr(tokenization_utils, "BatchEncoding"):
                tokenization_utils.BatchEncoding = transformers.BatchEncoding
        return None


def install() -> None:
    """Watch for the import of spacy-transformers."""
    sys.meta_path.insert(0, MovedName())
