"""Small models of real Hugging Face classes, quickly made and saved to a folder."""

from pathlib import Path

import torch
import transformers
from sizes import SIZES
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    AutoConfig,
    AutoModel,
    BertConfig,
    BertModel,
    BertTokenizerFast,
    RobertaConfig,
    RobertaModel,
    RobertaTokenizerFast,
    XLMRobertaConfig,
    XLMRobertaModel,
    XLMRobertaTokenizerFast,
)

TRANSFORMERS_5 = int(transformers.__version__.split(".")[0]) >= 5

WORDS = (
    "jordan paris chelsea london obama google sings on stage tonight in the of a i love and at "
    "visit plays for man city skyline stadium person microphone building ball sign welcome to fc"
).split()


def save_bert(folder: Path) -> Path:
    """Save a BERT of two layers over a WordPiece vocabulary of whole words and letters."""
    letters = [chr(c) for c in range(ord("a"), ord("z") + 1)]
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS, ".", "!", "@", "#"]
    pieces += letters + [f"##{letter}" for letter in letters]
    pieces = list(dict.fromkeys(pieces))
    (folder / "vocab.txt").write_text("\n".join(pieces), encoding="utf8")
    BertTokenizerFast(str(folder / "vocab.txt"), model_max_length=64).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(vocab_size=len(pieces), max_position_embeddings=64, **SIZES)
    BertModel(config).save_pretrained(folder)
    return folder


def save_roberta(folder: Path) -> Path:
    """Save a RoBERTa of two layers over a byte-level BPE without merges."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    vocab = {p: i for i, p in enumerate(["<s>", "<pad>", "</s>", "<unk>", "<mask>", *alphabet])}
    bpe = Tokenizer(models.BPE(vocab=vocab, merges=[], unk_token="<unk>"))
    (folder / "raw").mkdir()
    bpe.model.save(str(folder / "raw"))
    RobertaTokenizerFast(
        str(folder / "raw" / "vocab.json"), str(folder / "raw" / "merges.txt"), model_max_length=64
    ).save_pretrained(folder)
    torch.manual_seed(0)
    config = RobertaConfig(
        vocab_size=len(vocab),
        max_position_embeddings=66,
        type_vocab_size=1,
        pad_token_id=1,
        **SIZES,
    )
    RobertaModel(config).save_pretrained(folder)
    return folder


def save_xlmr(folder: Path) -> Path:
    """Save an XLM-R of two layers over a unigram vocabulary of whole words and letters."""
    pieces = ["<s>", "<pad>", "</s>", "<unk>"]
    scores = [(piece, 0.0) for piece in pieces]
    scores += [(f"▁{word}", -2.0) for word in WORDS]
    scores += [("▁", -4.0)] + [(chr(c), -6.0) for c in range(ord("!"), ord("~"))]
    unigram = Tokenizer(models.Unigram(list(dict(scores).items()), unk_id=3))
    unigram.normalizer = normalizers.NFKC()
    unigram.pre_tokenizer = pre_tokenizers.Metaspace()
    unigram.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", 0), ("</s>", 2)],
    )
    XLMRobertaTokenizerFast(tokenizer_object=unigram, model_max_length=64).save_pretrained(folder)
    # The fast tokenizer reads only tokenizer.json; spacy-transformers also copies this file.
    (folder / "sentencepiece.bpe.model").write_bytes(b"carried, not read")
    torch.manual_seed(0)
    config = XLMRobertaConfig(
        vocab_size=unigram.get_vocab_size(),
        max_position_embeddings=66,
        type_vocab_size=1,
        pad_token_id=1,
        **SIZES,
    )
    XLMRobertaModel(config).save_pretrained(folder)
    return folder


def small_model(model_type: str, **settings: object) -> torch.nn.Module:
    """Make an encoder of two layers, in evaluation mode."""
    if model_type == "modernbert":
        # its default padding is outside a small vocabulary; its window is smaller than the rows
        settings = {"pad_token_id": 0, "local_attention": 4, **settings}
    torch.manual_seed(0)
    sizes = {name: size for name, size in SIZES.items() if "dropout" not in name}
    sizes["initializer_range"] = 0.3
    config = AutoConfig.for_model(model_type, vocab_size=50, **sizes, **settings)
    return AutoModel.from_config(config).eval()
