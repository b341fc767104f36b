"""What a second picture is worth on the demo: each test post gets another post's picture first.

    python -m scripts.demo.second_picture training/demo/model-best corpus/demo/aligned/test.spacy

The model is the demo's own, which has seen one picture a post. Only the context changes.
"""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, get_args

import spacy
import typer
from spacy.scorer import get_ner_prf
from spacy.tokens import Doc, DocBin
from spacy.training import Example
from wasabi import table

from spacy_ita.context import ContextFormatter
from spacy_ita.context.formatter import Pictures
from spacy_ita.extensions import DEFAULTS
from spacy_ita.extensions.normalisation import PICTURE


def main(
    pipeline: Annotated[Path, typer.Argument(help="The demo's trained pipeline")],
    aligned: Annotated[Path, typer.Argument(help="The aligned test split")],
    seeds: Annotated[int, typer.Option(help="Times that the other pictures are drawn")] = 1,
) -> None:
    """Print F1 with the own picture alone, with another's, and with both."""
    nlp = spacy.load(pipeline)
    ner: Any = nlp.get_pipe("ner")
    settings = {name: getattr(ner.context, name) for name in ("captions", "objects", "repeated")}
    gold = list(DocBin().from_disk(aligned).get_docs(nlp.vocab))
    rows = [("text alone", f_score(ner, gold, [[] for _ in gold]))]
    rows.append(("own picture", f_score(ner, gold, [[doc] for doc in gold])))
    found: dict[str, list[float]] = {}
    for seed in range(seeds):
        others = shuffled(gold, seed)
        pairs = [[other, doc] for other, doc in zip(others, gold, strict=True)]
        found.setdefault("another's picture", []).append(
            f_score(ner, gold, [[other] for other in others])
        )
        for order in get_args(Pictures):
            ner.context = ContextFormatter("All", pictures=order, **settings)
            found.setdefault(f"another's, then the own: {order}", []).append(
                f_score(ner, gold, pairs)
            )
    rows += [(name, sum(scores) / len(scores)) for name, scores in found.items()]
    print(table([(name, f"{score:.1f}") for name, score in rows], header=("pictures", "F1")))


def shuffled(docs: Sequence[Doc], seed: int) -> list[Doc]:
    """Give each document another one."""
    order = list(range(len(docs)))
    random.Random(seed).shuffle(order)
    following = dict(zip(order, [*order[1:], order[0]], strict=True))
    return [docs[following[number]] for number in range(len(docs))]


def f_score(ner: Any, gold: Sequence[Doc], pictures: Sequence[Sequence[Doc]]) -> float:
    """Tag the documents with the alignments of others as their pictures, and return F1."""
    examples = []
    for doc, held in zip(gold, pictures, strict=True):
        seen = Doc(doc.vocab, [token.text for token in doc], [bool(t.whitespace_) for t in doc])
        for name in DEFAULTS.alignments:
            entries = [
                {**entry, PICTURE: number} if len(held) > 1 else entry
                for number, other in enumerate(held)
                for entry in other._.get(name) or []
            ]
            seen._.set(name, entries)
        examples.append(Example(seen, doc))
    for example, done in zip(examples, ner.pipe([e.predicted for e in examples]), strict=True):
        example.predicted = done
    return 100 * float(get_ner_prf(examples)["ents_f"] or 0)


if __name__ == "__main__":
    typer.run(main)
