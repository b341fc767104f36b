"""Rows of subwords as batches of the encoder's input, one row to a line or several."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ..subwords.rows import Ints, Rows, bounds, spread
from .plan import Pack

Inputs = dict[str, Tensor]


@dataclass(frozen=True)
class Batch:
    """Input of one call of the encoder: B lines of at most T subwords and S words.

    Attributes:
        ids: Subwords, (B, T).
        numbers: 1 for subwords of a line's first row, 2 of its second, 0 of padding, (B, T).
        types: Token types, (B, T), or None for an encoder that takes none.
        position_ids: Position of each subword in its row, (B, T), where rows share a line.
        word_positions: Where each line's words stand, (B, S), padded with 0.
        members: The rows, in their lines' order.
    """

    ids: Tensor
    numbers: Tensor
    types: Tensor | None
    position_ids: Tensor | None
    word_positions: Tensor
    members: list[int]

    def inputs(
        self, as_mask: Callable[[Tensor], Tensor] | None = None, explicit_mask: bool = False
    ) -> Inputs:
        """Return what the encoder reads.

        Args:
            as_mask: Puts a mask of shape (B, 1 or T, T) into the encoder's form, where rows share
                a line: each row attends to itself alone.
            explicit_mask: Whether a mask of shape (B, T) takes that form too. transformers would
                wait for the device to see whether it masks anything.
        """
        found = {"input_ids": self.ids, "attention_mask": self.numbers}
        if as_mask and self.position_ids is not None:
            own = self.numbers[:, :, None] == self.numbers[:, None, :]
            found.update(attention_mask=as_mask(own), position_ids=self.position_ids)
        elif as_mask and explicit_mask:
            found["attention_mask"] = as_mask(self.numbers[:, None] > 0)
        if self.types is not None:
            found["token_type_ids"] = self.types
        return found


@dataclass(frozen=True)
class Layout:
    """All batches of some views.

    Attributes:
        batches: The calls of the encoder.
        words: Index of each view's words into the `word_positions` of all batches, (V, W), padded
            with 0.
        view_sizes: The number of words of each view, (V,).
    """

    batches: list[Batch]
    words: Tensor
    view_sizes: Tensor


def lay_out(
    rows: Rows, plan: Sequence[Sequence[Pack]], tokenizer: Any, first_position: int, device: Any
) -> Layout:
    """Lay rows out in batches.

    Args:
        rows: The rows.
        plan: The rows of each line of each batch.
        tokenizer: The encoder's tokenizer, for padding and token types.
        first_position: The encoder's first position.
        device: Where the encoder is. Everything is sent there in one copy.
    """
    padding = tokenizer.pad_token_id or 0
    takes_types = "token_type_ids" in tokenizer.model_input_names
    slots = np.zeros(rows.words[-1], np.int64)
    arrays: list[Ints] = []
    members: list[list[int]] = []
    read = 0
    for batch in plan:
        lines = _Lines(rows, batch)
        positions, slots[lines.words] = lines.word_positions(read)
        read += positions.size
        members.append(lines.rows.tolist())
        arrays += [
            lines.padded(rows.ids[lines.subwords], padding),
            lines.padded(np.repeat(lines.numbers, lines.lengths)),
            lines.padded(rows.types[lines.subwords]) if takes_types else _NONE,
            lines.padded(first_position + spread(0, lines.lengths)) if lines.packed else _NONE,
            positions,
        ]
    words = np.zeros((len(rows.view_sizes), rows.view_sizes.max(initial=0)), np.int64)
    line_starts = np.arange(len(words)) * words.shape[1]
    words.reshape(-1)[spread(line_starts, rows.view_sizes)] = slots
    *tensors, words_there, sizes_there = send([*arrays, words, rows.view_sizes], device)
    parts = (tensors[i : i + 5] for i in range(0, len(tensors), 5))
    batches = [
        Batch(
            ids,
            numbers,
            types if types.numel() else None,
            places if places.numel() else None,
            at,
            m,
        )
        for (ids, numbers, types, places, at), m in zip(parts, members, strict=True)
    ]
    return Layout(batches, words_there, sizes_there)


def send(arrays: Sequence[Ints], device: torch.device) -> list[Tensor]:
    """Copy arrays to a device; for a GPU in one copy that the host doesn't wait for."""
    if device.type != "cuda":
        return [torch.from_numpy(array).to(device) for array in arrays]
    ends = bounds([array.size for array in arrays])
    flat = torch.empty(int(ends[-1]), dtype=torch.int64, pin_memory=True)
    np.concatenate([array.reshape(-1) for array in arrays], out=flat.numpy())
    parts = flat.to(device, non_blocking=True).split(np.diff(ends).tolist())
    return [part.view(array.shape) for part, array in zip(parts, arrays, strict=True)]


_NONE = np.empty(0, np.int64)


class _Lines:
    """The lines of one batch as arrays over its rows.

    Attributes:
        rows: The rows, in their lines' order.
        numbers: 1 for a line's first row, 2 for its second.
        lengths: Lengths of the rows, in subwords.
        subwords: Indices of the rows' subwords into `Rows.ids`.
        words: The words that the rows stand for.
    """

    def __init__(self, rows: Rows, lines: Sequence[Pack]) -> None:
        self._rows = rows
        counts = np.array([len(line) for line in lines])
        self._firsts = bounds(counts)[:-1]
        self._line = np.repeat(np.arange(len(lines)), counts)
        self.packed = bool(counts.max() > 1)
        self.rows = np.array([row for line in lines for row in line])
        self.numbers = 1 + spread(0, counts)
        self.lengths = rows.lengths[self.rows]
        self.subwords = spread(rows.starts[self.rows], self.lengths)
        self._word_counts = np.diff(rows.words)[self.rows]
        self.words = spread(rows.words[self.rows], self._word_counts)

    def padded(self, values: Ints, padding: int = 0) -> Ints:
        """Arrange one value per subword, in the order of the rows, in lines, (B, T)."""
        return self._arranged(values, self.lengths, padding)[0]

    def word_positions(self, read: int) -> tuple[Ints, Ints]:
        """Locate the words of each line.

        Args:
            read: The number of word positions in the batches before this one.

        Returns:
            The positions of each line's words, (B, S), and the index of each word into the
            positions of all batches.
        """
        offsets = np.repeat(self._before(self.lengths), self._word_counts)
        positions = self._rows.positions[self.words] + offsets
        found, places = self._arranged(positions, self._word_counts, 0)
        return found, read + places

    def _arranged(self, values: Ints, counts: Ints, padding: int) -> tuple[Ints, Ints]:
        before = self._before(counts)
        width = int((before + counts).max())
        found = np.full((len(self._firsts), width), padding, np.int64)
        places = spread(self._line * width + before, counts)
        found.reshape(-1)[places] = values
        return found, places

    def _before(self, counts: Ints) -> Ints:
        """Sum the counts of the rows that stand before each row in its line."""
        sums = bounds(counts)[:-1]
        return sums - sums[self._firsts][self._line]
