"""Words and context as rows of subwords.

A row is `[CLS] words [SEP] context [SEP]`, or `[CLS] words [SEP]` without a context. A context
never shortens the text: it takes the room that the text leaves, and its parts share that room
fairly. A text over the encoder's limit is read in overlapping windows. Words and contexts are data:
no text becomes a special token.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np

from ...context import Context
from .contexts import Contexts, numbered
from .rows import Ints, Rows, Template, bounds, spread

CONTEXT_SHARE = 4
"""Beside a text in windows, a context takes at most this fraction (1/4) of a row."""
OVERLAP_SHARE = 4
"""Windows overlap by this fraction (1/4) of their length."""
PROBE = "a"
"""A text whose encoding shows the special tokens around any text."""

Ids = list[int]

Window = tuple[int, int, int, int]
"""Begin, end, first, last: a row holds the words [begin, end), and stands for [first, last)."""


@dataclass(frozen=True)
class View:
    """Words of a document, with or without the context of its picture."""

    words: list[str]
    context: Context


@dataclass(frozen=True)
class _Texts:
    """Words as subwords.

    Attributes:
        ids: Subwords of all words, one word after another.
        starts: Index into `ids` of each word's first subword, and the end of the last word.
        begins: The first word of each view; views may share their words.
        sizes: The number of words of each view.
    """

    ids: Ints
    starts: Ints
    begins: Ints
    sizes: Ints

    def words_of(self, view: int) -> Ints:
        """Return the start of each of a view's words in `ids`, and the end of the last."""
        return self.starts[self.begins[view] : self.begins[view] + self.sizes[view] + 1]

    @property
    def subwords(self) -> Ints:
        """The number of subwords of each view."""
        return self.starts[self.begins + self.sizes] - self.starts[self.begins]

    def cut(self, view: int, room: int) -> "_Texts":
        """Shorten a view's words to at most `room` subwords."""
        starts = self.words_of(view)
        sizes = np.minimum(np.diff(starts), room)
        begins = self.begins.copy()
        begins[view] = len(self.starts) - 1
        return _Texts(
            np.concatenate([self.ids, self.ids[spread(starts[:-1], sizes)]]),
            np.concatenate([self.starts[:-1], len(self.ids) + bounds(sizes)]),
            begins,
            self.sizes,
        )


class PieceReader:
    """Turns views into rows with a fast Hugging Face tokenizer."""

    def __init__(self, tokenizer: Any, max_pieces: int, max_context: int | None) -> None:
        """Learn the tokenizer's special tokens.

        Args:
            tokenizer: The tokenizer.
            max_pieces: The most subwords of a row, special tokens included.
            max_context: The most subwords of a context; None for as many as fit.

        Raises:
            ValueError: For a slow tokenizer, and if the special tokens of a text with a context
                leave no room.
        """
        if not tokenizer.is_fast:
            raise ValueError(
                f"{type(tokenizer).__name__} is a slow tokenizer, which can't say which word a "
                f"subword belongs to; set `use_fast = true` in the encoder's `tokenizer_config`"
            )
        self.tokenizer = tokenizer
        self.separator: int = tokenizer.sep_token_id
        # a tokenizer of bytes knows every word
        unknown = (tokenizer.unk_token_id, tokenizer.mask_token_id, self.separator)
        self.unknown: int = next(token for token in unknown if token is not None)
        added = tokenizer.added_tokens_decoder.items()
        special = {*tokenizer.all_special_ids, *(i for i, token in added if token.special)}
        self.reserved = sorted(special - {self.unknown})
        self.single = self._template(PROBE)
        self.pair = self._template(PROBE, PROBE)
        if max_pieces <= len(self.pair):
            raise ValueError(
                f"rows of {max_pieces} subwords leave no room for a text: a text with a context "
                f"has {len(self.pair)} special tokens; give a larger `max_pieces`"
            )
        self.max_pieces = max_pieces
        self.max_context = max_context

    def __call__(self, views: Sequence[View]) -> Rows:
        """Turn views into rows, in order: one row each, or the windows of a long text."""
        texts = self._texts(views)
        contexts = self._contexts([view.context for view in views])
        wanted = contexts.sizes
        if self.max_context is not None:
            wanted = np.minimum(wanted, self.max_context)
        room = self.max_pieces - np.where(wanted > 0, len(self.pair), len(self.single))
        fits = texts.subwords <= self.max_pieces - len(self.single)
        # a context takes what the text leaves, and beside windows a share of the row
        left = np.where(fits, room - texts.subwords, room // CONTEXT_SHARE)
        wanted = np.minimum(wanted, left)
        whole = np.flatnonzero(fits)
        begins, ends = texts.begins[whole], (texts.begins + texts.sizes)[whole]
        owners, spans = whole, np.stack([begins, ends, begins, ends], 1)
        if len(whole) < len(views):
            for view in np.flatnonzero(~fits).tolist():
                window = int(room[view] - wanted[view])
                texts, found = self._windows(texts, view, window)
                owners = np.concatenate([owners, np.full(len(found), view)])
                spans = np.concatenate([spans, found])
            order = np.argsort(owners, kind="stable")
            owners, spans = owners[order], spans[order]
        return self._rows(texts, *contexts.joined(wanted), owners, spans)

    def _windows(self, texts: _Texts, view: int, room: int) -> tuple[_Texts, Ints]:
        sizes = np.diff(texts.words_of(view))
        if sizes.max() > room:
            texts, sizes = texts.cut(view, room), np.minimum(sizes, room)
        return texts, texts.begins[view] + np.array([*windows(sizes.tolist(), room)])

    def _rows(
        self, texts: _Texts, contexts: Ints, contexts_at: Ints, owners: Ints, spans: Ints
    ) -> Rows:
        """Write the rows.

        Args:
            texts: The words.
            contexts: Subwords of all contexts.
            contexts_at: Start of each view's context in `contexts`, and the end of the last.
            owners: The view of each row, (R,).
            spans: The `Window` of each row, (R, 4).
        """
        begins, ends, firsts, lasts = spans.T
        text_starts = texts.starts[begins]
        text_lengths = texts.starts[ends] - text_starts
        context_starts, context_lengths = contexts_at[owners], np.diff(contexts_at)[owners]
        paired = context_lengths > 0
        special = np.where(paired, len(self.pair), len(self.single))
        starts = bounds(special + text_lengths + context_lengths)
        ids, types = np.empty((2, starts[-1]), np.int64)
        for template, of in ((self.single, ~paired), (self.pair, paired)):
            text = texts.ids, text_starts[of], text_lengths[of]
            context = contexts, context_starts[of], context_lengths[of]
            template.write(ids, types, starts[:-1][of], [text, context][: len(template.ids) - 1])
        counts = lasts - firsts
        before = np.where(paired, len(self.pair.ids[0]), len(self.single.ids[0])) - text_starts
        positions = texts.starts[spread(firsts, counts)] + np.repeat(before, counts)
        return Rows(ids, types, starts, positions, bounds(counts), owners, texts.sizes)

    def _texts(self, views: Sequence[View]) -> _Texts:
        # both views of a document share their words
        texts = list({id(view.words): view.words for view in views}.values())
        number = {id(words): n for n, words in enumerate(texts)}
        chosen = np.array([number[id(view.words)] for view in views], np.int64)
        # the tokenizer reads each word by itself, and texts repeat most of theirs
        words = {word: n for n, word in enumerate(dict.fromkeys(chain.from_iterable(texts)))}
        numbers = np.fromiter(map(words.__getitem__, chain.from_iterable(texts)), np.int64)
        found, lengths = self._encode(list(words))
        # a word that the tokenizer maps to nothing (control characters) still needs a vector
        empty = np.flatnonzero(lengths == 0)
        found = np.insert(found, np.cumsum(lengths)[empty], self.unknown)
        lengths[empty] = 1
        counts = lengths[numbers]
        ids = found[spread(bounds(lengths)[numbers], counts)]
        sizes = np.array([len(text) for text in texts], np.int64)
        begins = bounds(sizes)
        return _Texts(ids, bounds(counts), begins[chosen], sizes[chosen])

    def _contexts(self, contexts: Sequence[Context]) -> Contexts:
        texts, (numbers, parts, groups, owners) = numbered(contexts)
        if not texts:
            none = np.zeros(0, np.int64)
            return Contexts(none, none, none, none, none, none, np.zeros(len(contexts), np.int64))
        ids, lengths = self._encode(texts)
        ends = np.cumsum(lengths)
        ids = np.insert(ids, ends, self.separator)
        starts = ends - lengths + np.arange(len(texts))
        # a segment that the tokenizer maps to nothing needs no separator
        said = np.flatnonzero(lengths[numbers])
        numbers, parts, groups, owners = (found[said] for found in (numbers, parts, groups, owners))
        sizes = np.bincount(owners, lengths[numbers] + 1, len(contexts)).astype(np.int64) - 1
        sizes = np.maximum(sizes, 0)
        return Contexts(ids, starts[numbers], lengths[numbers], parts, groups, owners, sizes)

    def _encode(self, texts: list[str]) -> tuple[Ints, Ints]:
        """Tokenize whole texts without special tokens, even where a text spells one.

        The tokenizer itself would keep lists of all subwords, through which the garbage collector
        walks.

        Returns:
            Subwords of all texts, and the number of each text's.
        """
        backend = self.tokenizer.backend_tokenizer
        # a backend that another thread uses can't be changed
        if backend.truncation is not None:
            backend.no_truncation()
        if backend.padding is not None:
            backend.no_padding()
        if not backend.encode_special_tokens:
            backend.encode_special_tokens = True
        encoded = backend.encode_batch_fast(texts, add_special_tokens=False)
        lengths = np.array([len(found) for found in encoded], np.int64)
        ids = np.fromiter(chain.from_iterable(found.ids for found in encoded), np.int64)
        # XLM-R's vocabulary itself holds "</s>" as a subword of a text
        ids[np.isin(ids, self.reserved)] = self.unknown
        return ids, lengths

    def _template(self, *texts: str) -> Template:
        probe = self.tokenizer(*texts, return_token_type_ids=True)
        ids: list[Ids] = [[]]
        types: list[Ids] = [[]]
        segment_types: Ids = []
        inside: int | None = None
        for piece, kind, segment in zip(
            probe.input_ids, probe.token_type_ids, probe.sequence_ids(), strict=True
        ):
            if segment is None:
                ids[-1].append(piece)
                types[-1].append(kind)
            elif segment != inside:
                ids.append([])
                types.append([])
                segment_types.append(kind)
            inside = segment
        return Template(ids, types, segment_types)


def windows(sizes: Sequence[int], room: int) -> Iterator[Window]:
    """Lay overlapping windows of at most `room` subwords over words of these sizes.

    Every word belongs to the one window that gives it more context on its shorter side.

    Args:
        sizes: The number of subwords of each word, none larger than the room.
        room: The most subwords of a window.
    """
    begin = first = 0
    while True:
        end, size = begin, 0
        while end < len(sizes) and size + sizes[end] <= room:
            size += sizes[end]
            end += 1
        next_begin, overlap = end, 0
        while next_begin - 1 > begin and overlap < room // OVERLAP_SHARE:
            next_begin -= 1
            overlap += sizes[next_begin]
        last = len(sizes) if end == len(sizes) else (next_begin + end + 1) // 2
        yield begin, end, first, last
        if end == len(sizes):
            return
        begin, first = next_begin, last
