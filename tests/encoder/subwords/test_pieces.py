"""Rows of subwords: their content, the room of a context, and windows."""

import logging

import pytest
from encoder_rows import by_view
from small_encoders import TRANSFORMERS_5
from tokenizers.processors import TemplateProcessing
from transformers import AutoTokenizer, BertTokenizer

from spacy_ita.context import NO_CONTEXT, Context
from spacy_ita.encoder import View
from spacy_ita.encoder.subwords.reader import PieceReader

CONTEXT = Context([["a man sings", "on the stage"], ["person microphone"]])


@pytest.fixture(params=["bert", "roberta", "xlmr"])
def tokenizer(request):
    """A tokenizer of each of three families, as the encoder loads it."""
    folder = request.getfixturevalue(f"{request.param}_folder")
    return AutoTokenizer.from_pretrained(folder, add_prefix_space=True)


@pytest.fixture(scope="session")
def bert(bert_folder):
    return AutoTokenizer.from_pretrained(bert_folder)


@pytest.fixture
def read(bert):
    """A function that returns BERT's rows of words and the parts of a context, as texts."""

    def read(words, parts, max_pieces, max_context=None):
        reader = PieceReader(bert, max_pieces, max_context)
        (rows,) = by_view(reader([View(words.split(), Context(parts))]))
        assert all(len(row.ids) == len(row.types) <= max_pieces for row in rows)
        return [bert.decode(row.ids) for row in rows]

    return read


@pytest.fixture
def typed(bert_folder):
    """A tokenizer that gives each special subword its own type."""
    tokenizer = AutoTokenizer.from_pretrained(bert_folder)
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing(
        single="[CLS]:5 $A:1 [SEP]:2 [MASK]:6",
        pair="[CLS]:5 $A:1 [SEP]:2 $B:3 [SEP]:4 [MASK]:7",
        special_tokens=[
            (piece, tokenizer.convert_tokens_to_ids(piece))
            for piece in ("[CLS]", "[SEP]", "[MASK]")
        ],
    )
    return tokenizer


def test_types_are_the_tokenizers_own(typed):
    reader = PieceReader(typed, 64, None)
    views = [View(["jordan", "sings"], NO_CONTEXT), View(["jordan"], Context([["on stage"]]))]
    (alone,), (pair,) = by_view(reader(views))
    assert alone.types == [5, 1, 1, 2, 6]
    assert pair.types == [5, 1, 2, 3, 3, 4, 7]


@pytest.mark.parametrize("context", [["on stage"], []])
def test_a_row_is_the_tokenizers_own(tokenizer, context):
    words = ["Jordan", "sings", "tonight"]
    pair = [[context[0].split()]] if context else []
    expected = tokenizer([words], *pair, is_split_into_words=True, return_token_type_ids=True)
    view = View(words, Context([context] if context else []))
    ((row,),) = by_view(PieceReader(tokenizer, 64, None)([view]))
    assert row.ids == expected.input_ids[0]
    assert row.types == expected.token_type_ids[0]
    assert row.positions == [expected.word_ids(0).index(i) for i in range(3)]


def test_segments_and_parts_are_joined_by_the_separator(tokenizer):
    reader = PieceReader(tokenizer, 128, None)
    ((row,),) = by_view(reader([View(["jordan"], CONTEXT)]))
    pieces = [
        tokenizer(s, add_special_tokens=False).input_ids
        for s in ("a man sings", "on the stage", "person microphone")
    ]
    separator = [tokenizer.sep_token_id]
    context = pieces[0] + separator + pieces[1] + separator + pieces[2]
    assert row.ids == [
        *reader.pair.ids[0],
        *tokenizer(["jordan"], is_split_into_words=True, add_special_tokens=False).input_ids,
        *reader.pair.ids[1],
        *context,
        *reader.pair.ids[2],
    ]


def test_each_view_of_a_batch_has_its_own_rows(bert):
    reader = PieceReader(bert, 64, None)
    views = [
        View(["jordan", "sings"], NO_CONTEXT),
        View([], CONTEXT),
        View(["paris"], Context([["the city"], ["stage"]])),
    ]
    texts = [[bert.decode(row.ids) for row in rows] for rows in by_view(reader(views))]
    assert texts == [
        ["[CLS] jordan sings [SEP]"],
        ["[CLS] [SEP] a man sings [SEP] on the stage [SEP] person microphone [SEP]"],
        ["[CLS] paris [SEP] the city [SEP] stage [SEP]"],
    ]
    assert by_view(reader([])) == []


def test_a_word_without_pieces_is_unknown(bert):
    words = ["jordan", "\u0007", "fcfc", "paris"]
    ((row,),) = by_view(PieceReader(bert, 64, None)([View(words, NO_CONTEXT)]))
    tokens = bert.convert_ids_to_tokens(row.ids)
    assert tokens == ["[CLS]", "jordan", "[UNK]", "fc", "##f", "##c", "paris", "[SEP]"]
    assert row.positions == [1, 2, 3, 6]


# Three of 23 subwords are special: text and context share 20, and the context keeps five.
@pytest.mark.parametrize(
    ("text", "context", "max_context", "kept"),
    [
        (15, 30, None, 5),
        (10, 30, None, 10),
        (1, 30, None, 19),
        (10, 10, None, 10),
        (18, 2, None, 2),
        # the context shrinks before the text is split
        (16, 30, None, 4),
        (19, 30, None, 1),
        (20, 30, None, 0),
        (21, 30, None, 0),
        (10, 30, 3, 3),
        (17, 30, 3, 3),
        (10, 3, 8, 3),
        (10, 30, 0, 0),
    ],
)
def test_a_context_takes_the_room_that_the_text_leaves(read, text, context, max_context, kept):
    (row,) = read("city " * text, [["stage " * context]], 23, max_context)
    seen = f" {'stage ' * kept}[SEP]" if kept else ""
    assert row == f"[CLS] {'city ' * text}[SEP]{seen}"


@pytest.mark.parametrize(
    ("text", "context", "sizes"),
    [
        # 21 subwords fit without a context
        (21, 0, [(21, 0)]),
        (22, 0, [(21, 0), (6, 0)]),
        # beside a context, windows of 15 that overlap by 3
        (40, 30, [(15, 5), (15, 5), (15, 5), (4, 5)]),
        (22, 30, [(15, 5), (10, 5)]),
        (40, 2, [(18, 2), (18, 2), (12, 2)]),
    ],
)
def test_a_long_text_has_windows_beside_the_whole_context(read, text, context, sizes):
    rows = read("city " * text, [["stage " * context]] if context else [], 23)
    assert [(row.count("city"), row.count("stage")) for row in rows] == sizes


def test_a_window_owns_its_words(bert):
    """Each of two windows owns those of their shared words that it reads with more context."""
    words = [*"abcdefghijklmnopqrstuvwxyz", *"abcdef"]
    (rows,) = by_view(PieceReader(bert, 18, None)([View(words, NO_CONTEXT)]))
    found = [bert.convert_ids_to_tokens([row.ids[i] for i in row.positions]) for row in rows]
    assert ["".join(owned) for owned in found] == ["abcdefghijklmn", "opqrstuvwxyz", "abcdef"]


SPECIAL = "[SEP] [CLS] [PAD] [MASK] <s> </s> <pad> <mask>".split()


@pytest.mark.parametrize("special", SPECIAL)
@pytest.mark.parametrize("text", ["{}", "a{}b", "paris {} a man sings"])
def test_no_text_is_a_special_token(tokenizer, special, text):
    text = text.format(special)
    reader = PieceReader(tokenizer, 256, None)
    alone = View(["jordan", text, text.upper()], NO_CONTEXT)
    (alone,), (pair,) = by_view(reader([alone, View([text], Context([[text, text]]))]))
    for row, own in ((alone, reader.single), (pair, reader.pair)):
        reserved = [i for i in row.ids if i in set(tokenizer.all_special_ids) - {reader.unknown}]
        # a separator is also between two segments of a context
        joint = [reader.separator] if row is pair else []
        assert sorted(reserved) == sorted(sum(own.ids, joint))
    assert len(alone.positions) == 3


def test_subwords_are_those_of_the_tokenizer(tokenizer):
    """The tokenizer's own padding and length don't count, saved ones or those of other callers."""
    words = ["obama", "sings", "<b>", "tonight", tokenizer.sep_token, "é", "in"] * 4
    own = tokenizer(
        words, is_split_into_words=True, add_special_tokens=False, split_special_tokens=True
    )
    reader = PieceReader(tokenizer, 2000, None)
    tokenizer.backend_tokenizer.enable_truncation(3)
    tokenizer.backend_tokenizer.enable_padding(length=400)
    ((row,),) = by_view(reader([View(words, NO_CONTEXT)]))
    before, after = map(len, reader.single.ids)
    expected = [reader.unknown if i in reader.reserved else i for i in own.input_ids]
    assert row.ids[before : len(row.ids) - after] == expected
    starts = [own.word_ids().index(i) for i in range(len(words))]
    assert row.positions == [before + start for start in starts]


def test_a_tokenizers_own_additions_are_special_only_where_it_says_so(bert_folder):
    tokenizer = AutoTokenizer.from_pretrained(bert_folder)
    tokenizer.add_tokens(["glee"])
    tokenizer.add_special_tokens({"additional_special_tokens": ["[X]"]})
    ((row,),) = by_view(PieceReader(tokenizer, 64, None)([View(["glee", "[X]"], NO_CONTEXT)]))
    assert tokenizer.convert_ids_to_tokens(row.ids)[1] == "glee"
    assert tokenizer.convert_tokens_to_ids("[X]") not in row.ids


def test_no_part_starves_another(read):
    # two separators leave eight of the ten subwords
    (row,) = read("jordan", [["stage " * 20], ["sign"], ["ball " * 20]], 64, 10)
    assert row == "[CLS] jordan [SEP] stage stage stage [SEP] sign [SEP] ball ball ball ball [SEP]"


def test_a_text_of_many_windows_is_no_warning(bert, caplog):
    logger = logging.getLogger("transformers")
    logger.addHandler(caplog.handler)
    try:
        bert.deprecation_warnings.clear()
        PieceReader(bert, 64, None)([View(["city"] * 99, Context([["stage " * 99]]))])
    finally:
        logger.removeHandler(caplog.handler)
    assert not caplog.records


def test_a_part_without_room_leaves_no_separator(read):
    (row,) = read("jordan", [["a a a"], ["i i i"], ["fc fc fc"]], 64, 3)
    assert row == "[CLS] jordan [SEP] fc [SEP]"


@pytest.mark.skipif(TRANSFORMERS_5, reason="transformers 5 has no slow tokenizers")
def test_a_slow_tokenizer_is_refused(bert_folder):
    with pytest.raises(ValueError) as error:
        PieceReader(BertTokenizer(str(bert_folder / "vocab.txt")), 64, None)
    assert str(error.value) == (
        "BertTokenizer is a slow tokenizer, which can't say which word a subword belongs to; "
        "set `use_fast = true` in the encoder's `tokenizer_config`"
    )


def test_rows_without_room_are_refused(bert):
    assert len(PieceReader(bert, 4, None)([View(["jordan"], NO_CONTEXT)]).views) == 1
    with pytest.raises(ValueError) as error:
        PieceReader(bert, 3, None)
    assert str(error.value) == (
        "rows of 3 subwords leave no room for a text: a text with a context has 3 special tokens; "
        "give a larger `max_pieces`"
    )
