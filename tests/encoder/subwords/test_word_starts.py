"""Byte-level tokenizers read split words as they read the text."""

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from spacy_ita.encoder.subwords.word_starts import mark_word_starts

WORDS = ["jordan", "sings"]


def fast(pre_tokenizer):
    """A byte-level tokenizer of the generic class, which may ignore `add_prefix_space`."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {piece: number for number, piece in enumerate(["[UNK]", *alphabet])}
    tokenizer = Tokenizer(models.BPE(vocab=vocab, merges=[], unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizer
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", add_prefix_space=True
    )


@pytest.mark.parametrize(
    "pre_tokenizer",
    [
        pre_tokenizers.ByteLevel(add_prefix_space=False),
        pre_tokenizers.Sequence(
            [pre_tokenizers.Digits(), pre_tokenizers.ByteLevel(add_prefix_space=False)]
        ),
    ],
    ids=["alone", "sequence"],
)
def test_words_start_with_a_space(pre_tokenizer, tmp_path):
    tokenizer = fast(pre_tokenizer)
    assert mark_word_starts(tokenizer)
    ids = tokenizer(WORDS, is_split_into_words=True).input_ids
    assert "".join(tokenizer.convert_ids_to_tokens(ids)) == "ĠjordanĠsings"
    tokenizer.save_pretrained(tmp_path)
    again = PreTrainedTokenizerFast.from_pretrained(tmp_path)
    assert again(WORDS, is_split_into_words=True).input_ids == ids


def test_a_tokenizer_that_knows_no_spaces_cannot():
    assert not mark_word_starts(fast(pre_tokenizers.Split(" ", "merged_with_next")))
