"""Words and context as the encoder's pieces: what a row of its input holds.

A row is `[CLS] words [SEP] context [SEP]`, or `[CLS] words [SEP]` without a context. The text is
never cut by its context: the context takes the room that the text leaves, and its parts share
that room fairly. A text over the encoder's limit runs in overlapping windows. What words and
contexts say is data: no text becomes a special token.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ..context import Context

# Of the encoder's length: what a context keeps beside a long text, and the overlap of windows.
CONTEXT_SHARE = 4
OVERLAP_SHARE = 4
# Any text: around it the tokenizer shows its special pieces.
PROBE = "a"

Ids = list[int]


@dataclass(frozen=True)
class View:
    """One reading of a document: its words, with or without what its picture says."""

    words: list[str]
    context: Context


@dataclass(frozen=True)
class Row:
    """One row of the encoder's input.

    ids, types: the pieces and their token types. positions: where the first piece of each word
    that this row represents stands.
    """

    ids: Ids
    types: Ids
    positions: Ids


@dataclass(frozen=True)
class _Template:
    """The special pieces around one segment, or between two, and their token types."""

    ids: list[Ids]
    types: list[Ids]

    def fill(self, segments: list[Ids]) -> tuple[Ids, Ids]:
        ids, types = list(self.ids[0]), list(self.types[0])
        for number, segment in enumerate(segments):
            ids += segment + self.ids[number + 1]
            # The type of a segment's own pieces is kept at the head of what follows it.
            types += [self.types[number + 1][0]] * len(segment) + self.types[number + 1][1:]
        return ids, types

    def __len__(self) -> int:
        return sum(map(len, self.ids))


class PieceReader:
    """Turns views into rows with a fast Hugging Face tokenizer.

    max_pieces: the encoder's limit, special pieces included. max_context: the most pieces of
    a context, None for as many as fit. ValueError for a slow tokenizer, and where the special
    pieces of a text with a context leave no room.
    """

    def __init__(self, tokenizer: Any, max_pieces: int, max_context: int | None) -> None:
        if not tokenizer.is_fast:
            raise ValueError(
                f"{type(tokenizer).__name__} is a slow tokenizer, which can't say which word a "
                f"piece belongs to; set `use_fast = true` in the encoder's `tokenizer_config`"
            )
        self.tokenizer = tokenizer
        self.separator: int = tokenizer.sep_token_id
        self.unknown: int = tokenizer.unk_token_id
        added = tokenizer.added_tokens_decoder.items()
        self.special = {*tokenizer.all_special_ids, *(i for i, token in added if token.special)}
        self.single = self._template(PROBE)
        self.pair = self._template(PROBE, PROBE)
        if max_pieces <= len(self.pair):
            raise ValueError(
                f"rows of {max_pieces} pieces leave no room for a text: {len(self.pair)} are the "
                f"special pieces of a text with a context; give a larger `max_pieces`"
            )
        self.max_pieces = max_pieces
        self.max_context = max_context

    def __call__(self, views: Sequence[View]) -> list[list[Row]]:
        """The rows of each view, in the text's order: one row, or its windows."""
        pieces = self._word_pieces([view.words for view in views])
        contexts = self._segment_pieces([view.context for view in views])
        return [self._rows(*pair) for pair in zip(pieces, contexts, strict=True)]

    def _rows(self, words: list[Ids], parts: list[list[Ids]]) -> list[Row]:
        room = self.max_pieces - len(self.pair if parts else self.single)
        flat = [self._join(part) for part in parts]
        wanted = len(self._join(flat))
        if self.max_context is not None:
            wanted = min(wanted, self.max_context)
        size = sum(map(len, words))
        if size <= self.max_pieces - len(self.single):
            return [self._row(words, 0, len(words), self._cut(flat, min(wanted, room - size)))]
        window = room - min(wanted, room // CONTEXT_SHARE)
        context = self._cut(flat, min(wanted, room - window))
        return [self._row(*span, context) for span in windows(words, window)]

    def _row(self, words: list[Ids], first: int, last: int, context: Ids) -> Row:
        segments = [[piece for word in words for piece in word]]
        template = self.single
        if context:
            segments.append(context)
            template = self.pair
        ids, types = template.fill(segments)
        positions, position = [], len(template.ids[0])
        for word in words:
            positions.append(position)
            position += len(word)
        return Row(ids, types, positions[first:last])

    def _join(self, part: list[Ids]) -> Ids:
        joined = [piece for segment in part for piece in [*segment, self.separator]]
        return joined[:-1]

    def _cut(self, parts: list[Ids], room: int) -> Ids:
        """The parts joined by the separator, within the room; a short part lends its share."""
        room -= len(parts) - 1
        shares = fair_shares([len(part) for part in parts], room)
        kept = [part[:share] for part, share in zip(parts, shares, strict=True) if share > 0]
        return self._join(kept)

    def _word_pieces(self, texts: list[list[str]]) -> list[list[Ids]]:
        ids, encoded = self._encode(texts, is_split_into_words=True)
        pieces: list[list[Ids]] = [[[] for _ in words] for words in texts]
        for row, found in enumerate(ids):
            for piece, word in zip(found, encoded.word_ids(row), strict=True):
                pieces[row][word].append(piece)
        # A word that the tokenizer maps to nothing (control characters) still needs an emission.
        return [[word or [self.unknown] for word in words] for words in pieces]

    def _segment_pieces(self, contexts: list[Context]) -> list[list[list[Ids]]]:
        texts = list({s for context in contexts for part in context.parts for s in part})
        ids = dict(zip(texts, self._encode(texts)[0], strict=True)) if texts else {}
        return [[[ids[s] for s in part] for part in context.parts] for context in contexts]

    def _encode(self, texts: list[Any], **settings: bool) -> tuple[list[Ids], Any]:
        """Tokenize texts, without special tokens even where a text spells one."""
        encoded = self.tokenizer(
            texts,
            add_special_tokens=False,
            split_special_tokens=True,
            return_attention_mask=False,
            return_token_type_ids=False,
            verbose=False,
            **settings,
        )
        # XLM-R's vocabulary itself holds "</s>" as a piece of text
        reserved, unknown = self.special - {self.unknown}, self.unknown
        ids = [[unknown if i in reserved else i for i in row] for row in encoded.input_ids]
        return ids, encoded

    def _template(self, *texts: str) -> _Template:
        probe = self.tokenizer(*texts, return_token_type_ids=True)
        ids: list[Ids] = [[]]
        types: list[Ids] = [[]]
        inside: int | None = None
        for piece, kind, segment in zip(
            probe.input_ids, probe.token_type_ids, probe.sequence_ids(), strict=True
        ):
            if segment is None:
                ids[-1].append(piece)
                types[-1].append(kind)
            elif segment != inside:
                ids.append([])
                types.append([kind])
            inside = segment
        return _Template(ids, types)


def fair_shares(needs: Sequence[int], room: int) -> list[int]:
    """How much each need gets of the room: none gets more than it needs, and the room left
    by small needs goes to the larger ones in equal shares."""
    shares = [0] * len(needs)
    order = sorted(range(len(needs)), key=needs.__getitem__)
    for served, i in enumerate(order):
        shares[i] = max(0, min(needs[i], room // (len(needs) - served)))
        room -= shares[i]
    return shares


def windows(words: list[Ids], room: int) -> Iterable[tuple[list[Ids], int, int]]:
    """Overlapping windows of at most `room` pieces over the words, as (words, first, last).

    Each window represents its words [first, last): every word falls to one window, the one
    that leaves it the more context on its poorer side. A word longer than the room is cut.
    """
    words = [word[:room] for word in words]
    begin = represented = 0
    while True:
        end, size = begin, 0
        while end < len(words) and size + len(words[end]) <= room:
            size += len(words[end])
            end += 1
        next_begin, overlap = end, 0
        while next_begin - 1 > begin and overlap < room // OVERLAP_SHARE:
            next_begin -= 1
            overlap += len(words[next_begin])
        until = len(words) if end == len(words) else (next_begin + end + 1) // 2
        yield words[begin:end], represented - begin, until - begin
        if end == len(words):
            return
        begin, represented = next_begin, until
