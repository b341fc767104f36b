"""Rows of a batch: cut contexts, long words and windows of one view leave the others alone."""

import pytest
from encoder_rows import by_view
from transformers import AutoTokenizer

from spacy_ita.context import NO_CONTEXT, Context
from spacy_ita.encoder import View
from spacy_ita.encoder.subwords.reader import PieceReader


@pytest.fixture(scope="module")
def bert(bert_folder):
    return AutoTokenizer.from_pretrained(bert_folder)


def decoded(bert, rows):
    return [[bert.decode(row.ids) for row in of_view] for of_view in by_view(rows)]


def owned(bert, rows):
    """List the first subword of each word that each row stands for."""
    return [
        bert.convert_ids_to_tokens([row.ids[i] for i in row.positions])
        for of_view in by_view(rows)
        for row in of_view
    ]


def test_each_context_is_cut_by_itself(bert):
    views = [
        # the first part takes what the second leaves, and ends within a segment
        View(["jordan"], Context([["a a a", "i i"], ["fc fc fc"]])),
        View(["paris"], Context([["stage stage"], ["sign"]])),
        View(["city"], Context([["ball " * 12], ["city"]])),
        View(["jordan"], Context([["i i"], ["a a a", "stage stage stage stage"]])),
    ]
    assert decoded(bert, PieceReader(bert, 64, 9)(views)) == [
        ["[CLS] jordan [SEP] a a a [SEP] i [SEP] fc fc fc [SEP]"],
        ["[CLS] paris [SEP] stage stage [SEP] sign [SEP]"],
        [f"[CLS] city [SEP] {'ball ' * 7}[SEP] city [SEP]"],
        ["[CLS] jordan [SEP] i i [SEP] a a a [SEP] stage stage [SEP]"],
    ]


def test_a_word_longer_than_a_window_is_cut(bert):
    views = [
        View(["city"], NO_CONTEXT),
        View(["jordan", "abcdefghijkl", "paris"], NO_CONTEXT),
        View(["stage"], NO_CONTEXT),
    ]
    rows = PieceReader(bert, 8, None)(views)
    tokens = [[bert.convert_ids_to_tokens(row.ids) for row in view] for view in by_view(rows)]
    assert tokens == [
        [["[CLS]", "city", "[SEP]"]],
        [
            ["[CLS]", "jordan", "[SEP]"],
            ["[CLS]", "a", "##b", "##c", "##d", "##e", "##f", "[SEP]"],
            ["[CLS]", "paris", "[SEP]"],
        ],
        [["[CLS]", "stage", "[SEP]"]],
    ]
    assert owned(bert, rows) == [["city"], ["jordan"], ["a"], ["paris"], ["stage"]]


def test_windows_beside_a_context_have_whole_subwords(bert):
    """Of 22 subwords, the context takes a quarter: five."""
    view = View(["city"] * 40, Context([["stage " * 30]]))
    ((first, *_),) = decoded(bert, PieceReader(bert, 25, None)([view]))
    assert (first.count("city"), first.count("stage")) == (17, 5)


def test_a_context_of_one_subword_needs_its_separator(bert):
    """Of 23 subwords three are special, and a text of 20 leaves none to a context."""
    views = [View(["city"] * n, Context([["stage"]])) for n in (19, 20)]
    assert decoded(bert, PieceReader(bert, 23, None)(views)) == [
        [f"[CLS] {'city ' * 19}[SEP] stage [SEP]"],
        [f"[CLS] {'city ' * 20}[SEP]"],
    ]


def test_a_batch_has_the_rows_of_each_view_alone(bert):
    long, context = ["city", "abcdefghijklmnop"] * 12, Context([["stage " * 9, "a i"], ["sign"]])
    views = [
        view
        for n in range(12)
        for view in (
            View(["jordan"] * n, context),
            View(long[n:], NO_CONTEXT),
            View(long[n:], context),
            View(["a", "i"] * n, Context([["ball " * n]])),
        )
    ]
    # a word and a context that the tokenizer maps to nothing, at the end
    views += [View(["paris", "\u0007"], NO_CONTEXT), View(["i"] * 40, Context([["\u0007"]]))]
    views += [View(["paris", "\u0007"], NO_CONTEXT)]
    reader = PieceReader(bert, 19, 12)
    assert by_view(reader(views)) == [by_view(reader([view]))[0] for view in views]


def test_a_context_that_maps_to_nothing_takes_no_room(bert):
    views = [View(["city"] * 22, context) for context in (NO_CONTEXT, Context([["\u0007"]]))]
    views.append(View(["city"], Context([["stage"]])))
    none, empty, _ = decoded(bert, PieceReader(bert, 23, None)(views))
    assert none == empty == [f"[CLS] {'city ' * n}[SEP]" for n in (21, 6)]


def test_a_special_token_in_a_text_is_read_by_its_letters(bert):
    ((row,),) = by_view(PieceReader(bert, 64, None)([View(["paris", "[SEP]"], NO_CONTEXT)]))
    assert bert.convert_ids_to_tokens(row.ids)[1:-1] == [
        "paris",
        "[UNK]",
        "s",
        "##e",
        "##p",
        "[UNK]",
    ]
