"""A small trained pipeline that captions pictures by their colour and knows Paris."""

from pathlib import Path

import spacy
import torch
from spacy.tokens import Span
from spacy.training import Example
from transformers import BertConfig, BertModel, BertTokenizerFast

from spacy_ita.training.optimizer import create_adamw

from .colour_pictures import COLOURS

WORDS = ("i", "love", "paris", "a", "thing", *COLOURS, *map(str, range(10)))
STEPS = 20


def save_pipeline(folder: Path) -> Path:
    """Save the pipeline, over a BERT of two layers, so that most of a run's time is our own."""
    encoder = folder / "encoder"
    encoder.mkdir(parents=True)
    subwords = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        "[MASK]",
        *WORDS,
        *(f"##{n}" for n in range(10)),
    ]
    (encoder / "vocab.txt").write_text("\n".join(subwords), encoding="utf8")
    BertTokenizerFast(str(encoder / "vocab.txt"), model_max_length=64).save_pretrained(encoder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=len(subwords), num_attention_heads=2, **sizes)).save_pretrained(
        encoder
    )
    nlp = spacy.blank("en")
    nlp.add_pipe("image_captions", config={"backend": {"@misc": "benchmarks.ColourNamer.v1"}})
    architecture = {"@architectures": "spacy_ita.ContextEncoder.v1", "name": str(encoder)}
    model = {"@architectures": "spacy_ita.CRFTagger.v1", "encoder": architecture}
    nlp.add_pipe("crf_ner", name="ner", config={"model": model})
    gold = nlp.make_doc("i love paris 1")
    gold.ents = [Span(gold, 2, 3, "LOC")]
    example = Example(nlp.make_doc(gold.text), gold)
    example.predicted._.image_captions = [{"text": "a red thing", "score": 0.0}]
    nlp.initialize(lambda: [example])
    optimizer = create_adamw(3e-3)
    for _ in range(STEPS):
        nlp.update([example], sgd=optimizer)
    nlp.to_disk(folder / "pipeline")
    return folder / "pipeline"
