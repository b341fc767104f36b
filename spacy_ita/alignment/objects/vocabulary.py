"""What the Hugging Face backends share that score the words of a vocabulary."""

import hashlib
from pathlib import Path
from typing import Any

from ..hub.model import HFTextBackend
from ..vocabularies import read_words

VOCABULARY = "vocabulary.txt"


class HFVocabularyBackend(HFTextBackend):
    """A model that compares a picture with words; both are saved with a pipeline.

    vocabulary: a file of words, one a line.
    prompt: what the model reads for a word, which stands for the `{}`.
    Raises ValueError for a prompt without a place for the word.
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
        """The vocabulary, each word once. Raises BackendError where it can't be read."""
        if self._words is None:
            self._words = list(dict.fromkeys(read_words(self._vocabulary)))
        return self._words

    @property
    def vocabulary_hash(self) -> str:
        """What tells the vocabulary from others."""
        return hashlib.sha256("\n".join(self.words).encode()).hexdigest()

    @property
    def prompts(self) -> list[str]:
        """What the model reads for each word."""
        return [self.prompt.replace("{}", word) for word in self.words]

    def save(self, path: Path) -> None:
        """Write the vocabulary too."""
        super().save(path)
        (path / VOCABULARY).write_text("\n".join(self.words), encoding="utf8")

    def from_disk(self, path: Path) -> None:
        """Take the vocabulary from the folder `path` too."""
        super().from_disk(path)
        if (path / VOCABULARY).is_file():
            self._vocabulary = path / VOCABULARY
            self._words = None
