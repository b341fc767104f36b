"""A captioner's tokenizer, and measures of caption quality."""

import math
from collections import Counter
from collections.abc import Iterable
from typing import Any

from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import PreTrainedTokenizerFast

from ..pictures.captions import scene_of

BOS, EOS, PAD, UNK = SPECIAL = ("<s>", "</s>", "<pad>", "<unk>")


def word_tokenizer(captions: Iterable[str]) -> Any:
    """Make a tokenizer whose tokens are the captions' words; each text gets BOS and EOS."""
    words = sorted({word for caption in captions for word in caption.split()})
    vocabulary = {word: index for index, word in enumerate([*SPECIAL, *words])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token=UNK))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{BOS} $A {EOS}", special_tokens=[(mark, vocabulary[mark]) for mark in (BOS, EOS)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BOS,
        eos_token=EOS,
        pad_token=PAD,
        unk_token=UNK,
        clean_up_tokenization_spaces=False,
    )


def exact(captions: list[str], references: list[list[str]]) -> float:
    """Compute the share of captions that are, word by word, one of the right ones."""
    pairs = zip(captions, references, strict=True)
    return sum(caption in right for caption, right in pairs) / len(captions)


def scene_accuracy(captions: list[str], kinds: list[str]) -> float:
    """Compute the share of captions that describe the right kind of scene."""
    pairs = zip(captions, kinds, strict=True)
    return sum(scene_of(caption) == kind for caption, kind in pairs) / len(captions)


def bleu(captions: list[str], references: list[list[str]], longest: int = 4) -> float:
    """Compute corpus BLEU: clipped n-gram precisions' geometric mean, times the brevity penalty."""
    shared, total = [0] * longest, [0] * longest
    length = wanted = 0
    for caption, right in zip(captions, references, strict=True):
        words, choices = caption.split(), [text.split() for text in right]
        length += len(words)
        wanted += min((len(c) for c in choices), key=lambda n: (abs(n - len(words)), n))
        for n in range(1, longest + 1):
            ceiling: Counter[tuple[str, ...]] = Counter()
            for choice in choices:
                ceiling |= _ngrams(choice, n)
            found = _ngrams(words, n)
            shared[n - 1] += (found & ceiling).total()
            total[n - 1] += found.total()
    if not all(shared):
        return 0.0
    precision = sum(math.log(a / b) for a, b in zip(shared, total, strict=True)) / longest
    return math.exp(precision + min(0.0, 1 - wanted / length))


def _ngrams(words: list[str], n: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(words[start:] for start in range(n)), strict=False))
