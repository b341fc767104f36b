"""Lines of OCR text, from Tesseract's words."""

from collections.abc import Sequence

from ...extensions.alignments import Box, OCRLine, overlap

WORD = "5"
"""Level of a row that holds a word."""

Word = tuple[str, float, Box]
"""Text, confidence in percent, box."""


def lines(tsv: str, scale: float, min_confidence: float) -> list[OCRLine]:
    """Join the words of a page to lines.

    Lines without a letter or a digit are dropped.

    Args:
        tsv: Tesseract's output in its format TSV, with or without a header.
        scale: Factor by which the picture was enlarged.
        min_confidence: Minimum confidence of a word, in percent.
    """
    found: dict[tuple[str, ...], list[Word]] = {}
    for row in tsv.splitlines():
        # text is the last of twelve columns
        level, *line, _, left, top, width, height, confidence, text = row.split("\t", 11)
        if level == WORD and text.strip() and float(confidence) >= min_confidence:
            x, y = float(left), float(top)
            box = [x, y, x + float(width), y + float(height)]
            found.setdefault(tuple(line), []).append((text, float(confidence), box))
    # Tesseract reads grain and edges as punctuation
    return [
        _line(words, scale)
        for words in found.values()
        if any(letter.isalnum() for text, _, _ in words for letter in text)
    ]


def together(passes: Sequence[list[OCRLine]]) -> list[OCRLine]:
    """Merge the lines of several passes over a picture, keeping the surest of overlapping lines."""
    if len(passes) == 1:
        return passes[0]
    kept: list[OCRLine] = []
    for line in sorted((line for found in passes for line in found), key=lambda x: -x["score"]):
        if not any(overlap(line["box"], other["box"]) for other in kept):
            kept.append(line)
    return kept


def reading_order(found: Sequence[OCRLine]) -> list[OCRLine]:
    """Sort lines by row from the top, and within a row from the left.

    Lines are in one row if each two of them share more than half the height of the lower one.
    """
    rows: list[list[OCRLine]] = []
    for line in sorted(found, key=lambda line: line["box"][1]):
        if rows and all(_side_by_side(line["box"], other["box"]) for other in rows[-1]):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [line for row in rows for line in sorted(row, key=lambda line: line["box"][0])]


def _side_by_side(one: Box, other: Box) -> bool:
    shared = min(one[3], other[3]) - max(one[1], other[1])
    return shared > min(one[3] - one[1], other[3] - other[1]) / 2


def _line(words: Sequence[Word], scale: float) -> OCRLine:
    texts, confidences, boxes = zip(*words, strict=True)
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    sides = (min(lefts), min(tops), max(rights), max(bottoms))
    return OCRLine(
        text=" ".join(texts),
        score=sum(confidences) / len(words) / 100,
        box=[side / scale for side in sides],
    )
