"""The text side of the systems before BERT: word vectors, a CNN over characters, and a BiLSTM."""

from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import torch
from spacy.util import registry
from thinc.api import Model
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from ..encoded_words import EncodedWords
from ..model import Backprop
from ..shim import ModuleShim
from ..subwords.reader import View

BUCKETS = 10000
"""Vectors that are learnt for words without a known one, which share them by a hash."""
CHARACTERS = 512
CHARACTER_WIDTH, FILTERS = 30, 50


class RecurrentText(nn.Module):
    """Vectors of words from their spelling and their neighbours.

    Args:
        words: Words with a vector of their own.
        word_width: Width of the words' vectors.
        width: Width of the output; even.
        dropout: Dropout of the BiLSTM's input.
    """

    def __init__(self, words: list[str], word_width: int, width: int, dropout: float) -> None:
        super().__init__()
        self.rows = {word: row for row, word in enumerate(words, BUCKETS)}
        self.words = nn.Embedding(BUCKETS + len(words), word_width)
        self.characters = nn.Embedding(CHARACTERS, CHARACTER_WIDTH, padding_idx=0)
        self.convolution = nn.Conv1d(CHARACTER_WIDTH, FILTERS, 3, padding=1)
        self.dropout = nn.Dropout(dropout)
        self.lstm = nn.LSTM(word_width + FILTERS, width // 2, batch_first=True, bidirectional=True)

    def forward(self, texts: list[list[str]]) -> tuple[Tensor, Tensor]:
        """Return the vectors of the words of B texts, (B, T, H), and how many each has, (B,)."""
        device = self.words.weight.device
        distinct = list(dict.fromkeys(word for words in texts for word in words))
        number = {word: n for n, word in enumerate(distinct)}
        spelled = pad_sequence([_characters(word) for word in distinct], batch_first=True)
        spelled = spelled.to(device)
        filtered = self.convolution(self.characters(spelled).transpose(1, 2))
        filtered = filtered.masked_fill((spelled == 0)[:, None], -torch.inf)
        rows = torch.tensor([self._row(word) for word in distinct], device=device)
        vectors = torch.cat([self.words(rows), filtered.amax(2)], -1)
        lengths = torch.tensor([len(words) for words in texts])
        places = [torch.tensor([number[word] for word in words]) for words in texts]
        words = self.dropout(vectors[pad_sequence(places, batch_first=True).to(device)])
        packed = pack_padded_sequence(words, lengths, batch_first=True, enforce_sorted=False)
        found, _ = pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return found, lengths.to(device)

    def _row(self, word: str) -> int:
        known = self.rows.get(word, self.rows.get(word.lower()))
        return crc32(word.lower().encode()) % BUCKETS if known is None else known


def _characters(word: str) -> Tensor:
    return torch.tensor([ord(character) % (CHARACTERS - 1) + 1 for character in word])


@registry.architectures("spacy_ita.RecurrentEncoder.v1")
def build_recurrent_encoder(
    vectors: str | None = None, word_width: int = 200, width: int = 200, dropout: float = 0.5
) -> Model[list[View], EncodedWords]:
    """Build a BiLSTM over word vectors and a CNN over characters, as OCSGA (Wu et al., 2020) has.

    It reads the words alone, without any context.

    Args:
        vectors: A text file of vectors, a word and its numbers a line, such as GloVe's for tweets.
            Only `initialize` reads it. None for vectors that are learnt.
        word_width: Width of the words' vectors, and of those in the file.
        width: Width of the output; even.
        dropout: Dropout of the BiLSTM's input.
    """
    settings = {"word_width": word_width, "width": width, "dropout": dropout}
    return Model(
        "recurrent_encoder",
        forward,
        init=init,
        dims={"nO": width},
        attrs={"vectors": vectors, "settings": settings},
        shims=[ModuleShim(RecurrentText)],
    )


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:  # noqa: N803 - Thinc's names
    """Read the vectors, if there is a file of them, unless there are weights already.

    Raises:
        ValueError: If a vector has another width.
    """
    shim: Any = model.shims[0]
    if shim._model is not None:
        return
    file, settings = model.attrs["vectors"], model.attrs["settings"]
    found = {} if file is None else read_vectors(Path(file), settings["word_width"])
    shim.build(words=list(found), **settings)
    if found:
        module: Any = shim._model
        module.words.weight.data[BUCKETS:] = torch.from_numpy(np.stack(list(found.values())))


def read_vectors(path: Path, width: int) -> dict[str, np.ndarray[Any, Any]]:
    """Read a text file of vectors.

    Args:
        path: The file: a word and its numbers on each line.
        width: Width of the vectors.

    Raises:
        ValueError: If a line has another number of them.
    """
    found = {}
    with path.open(encoding="utf8") as lines:
        for number, line in enumerate(lines, 1):
            word, *values = line.rstrip().split(" ")
            if len(values) != width:
                raise ValueError(
                    f"{path}, line {number}: {len(values)} numbers after {word!r}, not {width}: "
                    f"set `word_width` to the width of these vectors"
                )
            found[word] = np.array(values, np.float32)
    return found


def forward(
    model: Model[list[View], EncodedWords], views: list[View], is_train: bool
) -> tuple[EncodedWords, Backprop]:
    """Encode views.

    Returns:
        The vectors of the words, and a callback that takes their gradient, (B, T, H).
    """
    module: Any = model.shims[0]._model
    module.train(is_train)
    with torch.set_grad_enabled(is_train):
        vectors, lengths = module([view.words for view in views])

    def backprop(d_vectors: Tensor) -> list[View]:
        vectors.backward(d_vectors)
        return views

    return EncodedWords(vectors.detach(), lengths), backprop
