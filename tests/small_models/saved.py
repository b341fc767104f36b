"""Parts of small models: large random weights, tokenizers of few words, and a folder."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertTokenizerFast, PreTrainedTokenizerFast


def saved(make):
    """Turn a function that makes a model and its processor into a fixture, the folder of both."""

    @pytest.fixture(scope="session", name=make.__name__)
    def folder(tmp_path_factory):
        folder = tmp_path_factory.mktemp(make.__name__)
        # the weights don't depend on the tests that ran before
        torch.manual_seed(3)
        for part in make():
            part.save_pretrained(folder)
        return folder

    return folder


def excite(model, std=0.25):
    """Make a random model answer clearly, and differently for each picture."""
    torch.manual_seed(3)
    for parameter in model.parameters():
        if parameter.ndim > 1:
            torch.nn.init.normal_(parameter, std=std)
    return model


def copy_of_a_part(folder, target):
    """Copy a model, its weights named as a model names them that holds it as a part."""
    shutil.copytree(folder, target, dirs_exist_ok=True)
    weights = load_file(target / "model.safetensors")
    renamed = {f"mine.{name}": tensor for name, tensor in weights.items()}
    save_file(renamed, target / "model.safetensors", metadata={"format": "pt"})


def bert_tokenizer(pieces, **options):
    """Make BERT's tokenizer of these subwords, in the order of their ids."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "vocab.txt")
        path.write_text("\n".join(pieces))
        return BertTokenizerFast(str(path), **options)


def word_tokenizer(words, form, **options):
    """Make a tokenizer of whole words, in the order of their ids; `form` adds special tokens."""
    vocab = {word: index for index, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordLevel(vocab, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single=form, special_tokens=[(mark, vocab[mark]) for mark in ("<s>", "</s>")]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token="<pad>",
        bos_token="<s>",
        eos_token="</s>",
        unk_token="<unk>",
        **options,
    )
