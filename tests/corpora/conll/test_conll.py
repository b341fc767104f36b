"""CoNLL columns with `IMGID:` lines, as in the published corpora."""

import pytest
import spacy

from spacy_ita import attributes
from spacy_ita.corpora import Notes, read_corpus
from spacy_ita.corpora.conll import read_conll
from spacy_ita.corpora.conll.lines import Columns, Findings
from spacy_ita.corpora.conll.tag_schemes import TagScheme, to_iob2

CONLL = """IMGID:17_06_1
RT\tO
Kanye\tB-PER
West\tI-PER
@x\tO

IMGID: 42

 \tO
\u0007odd\tI-LOC
next\tI-PER
to\tO

"""


def test_conll_with_its_warts(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text(CONLL, encoding="utf8")
    (tmp_path / "images").mkdir()
    picture = tmp_path / "images" / "42.jpg"
    picture.touch()
    vocab = spacy.blank("en").vocab
    first, second = read_conll(path, vocab, attributes(), tmp_path / "images")
    assert [(ent.text, ent.label_) for ent in first.ents] == [("Kanye West", "PER")]
    assert first._.image_path == "17_06_1"
    assert [token.text for token in second] == [" ", "\u0007odd", "next", "to"]
    assert [(ent.start, ent.label_) for ent in second.ents] == [(1, "LOC"), (2, "PER")]
    assert second._.image_path == str(picture)


def test_a_mark_at_the_start_is_no_text(tmp_path):
    path = tmp_path / "train.txt"
    path.write_text(CONLL, encoding="utf-8-sig")
    first, _ = read_conll(path, spacy.blank("en").vocab, attributes())
    assert first._.image_path == "17_06_1" and first[0].text == "RT"


@pytest.mark.parametrize(
    "tags, repaired",
    [
        (["I-PER", "I-PER"], ["B-PER", "I-PER"]),
        (["B-LOC", "I-PER", "I-PER"], ["B-LOC", "B-PER", "I-PER"]),
        (["O", "I-ORG", "O", "B-ORG", "I-ORG"], ["O", "B-ORG", "O", "B-ORG", "I-ORG"]),
        ([], []),
    ],
)
def test_stray_inside_tags_open_entities(tags, repaired):
    assert to_iob2(tags) == repaired


@pytest.mark.parametrize(
    "line, cause",
    [
        (b"no tag here", "3 columns, where line 2 has 2: 'no tag here'"),
        (b"Paris b-loc", "'b-loc' is not a tag: .*such as B-LOC.*'Paris b-loc'"),
        (b"Paris\tLOC", "'LOC' is not a tag"),
        (b"Paris\tB-", "'B-' is not a tag"),
        (b"Paris\tM-LOC", "'M-LOC' is not a tag"),
        (b"# b-loc", "'b-loc' is not a tag"),
        (b"Paris B-LOC|I-ORG", r"two tags in 'B-LOC\|I-ORG': .*keep one tag"),
        (b"Paris\tB-LOC,B-ORG", "two tags in 'B-LOC,B-ORG'"),
        (b"Paris I-LOC;S-ORG", "two tags in 'I-LOC;S-ORG'"),
        (b"\tB-LOC", "an empty word"),
        (b"B-LOC", "one column, where a word and its tag are needed: 'B-LOC'"),
        (b"#hashtag", "one column"),
        (b"one O\rtwo O", "a carriage return"),
        (b"caf\xe9\tO", "not UTF-8 at byte 3: convert it"),
    ],
)
def test_bad_line_is_named(tmp_path, line, cause):
    path = tmp_path / "bad.txt"
    separator = b"\t" if b"\t" in line else b" "
    path.write_bytes(b"IMGID:1\nKanye" + separator + b"B-PER\n" + line + b"\n")
    with pytest.raises(ValueError, match=rf"bad\.txt:3: {cause}"):
        list(read_conll(path, spacy.blank("en").vocab, attributes()))


def test_an_image_within_a_tweet_is_named(tmp_path):
    path = tmp_path / "bad.txt"
    path.write_text("IMGID:1\nKanye\tB-PER\nIMGID:2\nWest\tO\n", encoding="utf8")
    with pytest.raises(ValueError, match=r"bad\.txt:3: IMGID inside a tweet"):
        list(read_conll(path, spacy.blank("en").vocab, attributes()))


def test_only_pictures_are_taken_for_pictures(tmp_path):
    images, path = tmp_path / "images", tmp_path / "train.txt"
    images.mkdir()
    for name in ("1.JPG", "1.json", "1.npy", "2.npy", "2.txt", "3", "p.png"):
        (images / name).touch()
    (images / "4.png").mkdir()
    ids = ("1", "2", "3", "4", "p.png", "p")
    path.write_text("".join(f"IMGID:{name}\nparis\tO\n\n" for name in ids))
    docs = read_conll(path, spacy.blank("en").vocab, attributes(), images)
    found = [doc._.image_path.removeprefix(f"{images}/") for doc in docs]
    assert found == ["1.JPG", "2", "3", "4", "p.png", "p.png"]


def test_a_corpus_in_columns_is_read_with_the_pictures_beside_it(tmp_path):
    (tmp_path / "a.png").touch()
    path = tmp_path / "train.conll"
    path.write_text("IMGID:a.png\nparis\tB-LOC\n\nIMGID:17_06_1\nobama\tO\n")
    first, second = read_corpus(path, spacy.blank("en"))
    assert (first._.image_path, second._.image_path) == (str(tmp_path / "a.png"), "17_06_1")
    assert (Notes(first).id, Notes(second).id) == ("1", "2")
    assert [ent.label_ for ent in first.ents] == ["LOC"]


def read(tmp_path, text, **options):
    path = tmp_path / "any.conll"
    path.write_bytes(text.encode())
    return list(read_conll(path, spacy.blank("en").vocab, attributes(), **options))


def found(docs):
    return [[(ent.text, ent.label_) for ent in doc.ents] for doc in docs]


CITIES = [[("New York", "LOC"), ("Paris", "LOC"), ("Oslo", "LOC")]]


@pytest.mark.parametrize(
    "scheme, tags",
    [
        ("IOB1", "I-LOC I-LOC O I-LOC B-LOC"),
        ("IOB2", "B-LOC I-LOC O B-LOC B-LOC"),
        ("BIOES", "B-LOC E-LOC O S-LOC S-LOC"),
        ("BILOU", "B-LOC L-LOC O U-LOC U-LOC"),
        ("a mix of BIOES and BILOU", "B-LOC E-LOC O U-LOC S-LOC"),
    ],
)
def test_tags_of_every_scheme(tmp_path, scheme, tags):
    words = zip("New York and Paris Oslo".split(), tags.split(), strict=True)
    findings = Findings()
    docs = read(tmp_path, "\n".join(map(" ".join, words)), findings=findings)
    assert found(docs) == CITIES
    assert (findings.scheme.name, findings.scheme.out_of_sequence) == (scheme, 0)


@pytest.mark.parametrize(
    "tags, name, count",
    [
        ("B-LOC O I-LOC", "IOB2", 1),
        ("B-LOC O S-PER", "BIOES", 1),
        ("I-LOC E-LOC U-PER", "a mix of BIOES and BILOU", 1),
        ("B-LOC L-PER O", "BILOU", 2),
        ("O O", "", 0),
    ],
)
def test_tags_out_of_sequence_are_counted(tags, name, count):
    scheme = TagScheme()
    scheme.add(tags.split())
    assert (scheme.name, scheme.out_of_sequence) == (name, count)


@pytest.mark.parametrize(
    "lines",
    [
        "Hi O|New B-LOC|York I-LOC",
        "Hi\tO|New\tB-LOC|York\tI-LOC",
        "Hi \t O|New   B-LOC|York\tI-LOC\t ",
        "Hi UH\tI-NP O|New NNP\tI-NP B-LOC|York NNP\tI-NP I-LOC",
        "-DOCSTART- -X- -X- O||Hi UH I-NP O|New NNP I-NP B-LOC|York NNP I-NP I-LOC",
        "# a comment|Hi O|New B-LOC|York I-LOC| \t ",
        "#begin document (a); part 0|Hi O|New B-LOC|York I-LOC|",
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_columns_are_separated_by_tabs_or_blanks(tmp_path, lines, end):
    docs = read(tmp_path, "\ufeff" + lines.replace("|", end) + end)
    assert [[token.text for token in doc] for doc in docs] == [["Hi", "New", "York"]]
    assert found(docs) == [[("New York", "LOC")]]


def test_words_and_tags_come_from_any_columns(tmp_path):
    text = "1 B-LOC Paris x\n2 O is x\n"
    (doc,) = read(tmp_path, text, columns=Columns(token=3, tag=2))
    assert (doc.text, found([doc])) == ("Paris is ", [[("Paris", "LOC")]])
    (doc,) = read(tmp_path, text, columns=Columns(token=-2, tag=-3))
    assert found([doc]) == [[("Paris", "LOC")]]


@pytest.mark.parametrize(
    "columns, cause",
    [((5, 2), "4 columns, so none has the number 5"), ((4, -1), "both .* from column 4")],
)
def test_columns_that_a_line_lacks_are_named(tmp_path, columns, cause):
    with pytest.raises(ValueError, match=rf"any\.conll:1: {cause}"):
        read(tmp_path, "1 B-LOC Paris O\n", columns=Columns(*columns))
    with pytest.raises(ValueError, match="no column 0"):
        Columns(0)


@pytest.mark.parametrize(
    "line",
    [
        "IMGID:7",
        "#IMGID 7",
        "# IMGID: 7",
        "# image = 7",
        "#Image_ID: 7",
        "# img=7",
        "# image_path = 7",
        "# photo: 7",
        "# picture file: 7",
    ],
)
def test_lines_that_hold_the_pictures_id(tmp_path, line):
    docs = read(tmp_path, f"{line}\nHi O\n\nbye O\n")
    assert [doc._.image_path for doc in docs] == ["7", ""]


def test_an_empty_id_is_no_picture_and_an_id_without_words_a_document(tmp_path):
    docs = read(tmp_path, "IMGID:\nHi\tO\n\nIMGID:2\n\nIMGID:\n\nIMGID:4\nbye\tO\n\nIMGID:5")
    assert [(doc.text.strip(), doc._.image_path) for doc in docs] == [
        ("Hi", ""),
        ("", "2"),
        ("", ""),
        ("bye", "4"),
        ("", "5"),
    ]


def test_a_hash_is_a_word_where_it_has_a_tag(tmp_path):
    docs = read(tmp_path, "# O\nParis B-LOC\n# O\n\n# by the way\n# O\n")
    assert [[token.text for token in doc] for doc in docs] == [["#", "Paris", "#"], ["#"]]


def test_contexts_behind_the_words_are_left_out(tmp_path):
    findings = Findings()
    text = "IMGID:1\nParis B-LOC\n<EOS> B-X\na B-X\ntower X\n"
    (doc,) = read(tmp_path, text, findings=findings)
    assert (len(doc), found([doc]), findings.context_words) == (1, [[("Paris", "LOC")]], 3)


def test_numbers_of_words_are_not_taken_for_words(tmp_path):
    lines = "# sent_id = 1\n1\tLovely\tADJ\tO\n2\tParis\tPROPN\tB-LOC\n"
    with pytest.raises(ValueError, match="the numbers 1 to 2: .* --token-column 2"):
        read(tmp_path, lines)
    (doc,) = read(tmp_path, lines, columns=Columns(token=2))
    assert found([doc]) == [[("Paris", "LOC")]]
    assert len(read(tmp_path, "1 O\n2 O\n")[0]) == 2


@pytest.mark.parametrize("other", ["1-2\tdu\t_\tO\n", "0.1\tbien\tADV\tO\n"])
def test_numbers_of_several_words_are_not_taken_for_words(tmp_path, other):
    words = "1\tde\tADP\tO\n2\tle\tDET\tO\n3\tlac\tNOUN\tB-LOC\n"
    with pytest.raises(ValueError, match="the numbers 1 to 3: .* --token-column 2"):
        read(tmp_path, other + words)
