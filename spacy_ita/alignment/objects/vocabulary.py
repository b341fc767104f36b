"""The base of Hugging Face backends that score the words of a vocabulary."""

import hashlib
from pathlib import Path
from typing import Any

from ..hub.model import HFTextBackend
from ..vocabularies import read_words

VOCABULARY = "vocabulary.txt"


class HFVocabularyBackend(HFTextBackend):
    """A model that compares a picture with words; both are saved with the pipeline.

    Args:
        name: Folder, or name of a model on the hub.
        revision: Branch, tag or commit of a model on the hub.
        auto: Auto class that creates the model.
        vocabulary: File with one word per line.
        prompt: Text that the model reads for a word, which replaces the `{}`.

    Raises:
        ValueError: If the prompt has no place for the word, or several.
    """

    def __init__(self, name: str, revision: str, auto: Any, vocabulary: Path, prompt: str) -> None:
        if prompt.count("{}") != 1:
            raise ValueError(f"the prompt needs one {{}} for the word: {prompt!r}")
        super().__init__(name, revision, auto)
        self.prompt = prompt
        self._vocabulary = vocabulary
        self._words: list[str] | None = None

    @property
    def words(self) -> list[str]:
        """The distinct words of the vocabulary.

        Raises:
            BackendError: If the file can't be read.
        """
        if self._words is None:
            self._words = list(dict.fromkeys(read_words(self._vocabulary)))
        return self._words

    @property
    def vocabulary_hash(self) -> str:
        """SHA-256 of the vocabulary, in hex."""
        return hashlib.sha256("\n".join(self.words).encode()).hexdigest()

    @property
    def prompts(self) -> list[str]:
        """The text that the model reads for each word."""
        return [self.prompt.replace("{}", word) for word in self.words]

    def save(self, path: Path) -> None:
        """Write the model and the vocabulary."""
        super().save(path)
        (path / VOCABULARY).write_text("\n".join(self.words), encoding="utf8")

    def from_disk(self, path: Path) -> None:
        """Use the model and the vocabulary in the folder `path`."""
        super().from_disk(path)
        if (path / VOCABULARY).is_file():
            self._vocabulary = path / VOCABULARY
            self._words = None
