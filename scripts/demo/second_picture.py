"""What a second picture is worth on the demo: each test post gets another post's picture first.

    python -m scripts.demo.second_picture training/demo/model-best corpus/demo/aligned/test.spacy

The model is the demo's own, which has seen one picture a post. Only the context changes. The table
is that of docs/sources.md.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Annotated, Any, get_args

import spacy
import typer
from spacy.scorer import get_ner_prf
from spacy.tokens import Doc, DocBin
from spacy.training import Example

from spacy_ita.context import ContextFormatter
from spacy_ita.context.formatter import Pictures
from spacy_ita.extensions import DEFAULTS
from spacy_ita.extensions.normalisation import PICTURE


def main(
    pipeline: Annotated[Path, typer.Argument(help="The demo's trained pipeline")],
    aligned: Annotated[Path, typer.Argument(help="The aligned test split")],
    draws: Annotated[int, typer.Option(min=2, help="Draws of the other pictures")] = 5,
) -> None:
    """Print F1 with the own picture alone, with another's, and with both, as Markdown."""
    nlp = spacy.load(pipeline)
    ner: Any = nlp.get_pipe("ner")
    settings = {name: getattr(ner.context, name) for name in ("captions", "objects", "repeated")}
    gold = list(DocBin().from_disk(aligned).get_docs(nlp.vocab))
    found = defaultdict[str, list[float]](list)
    found["none"].append(f_score(ner, gold, [[] for _ in gold]))
    found["its own"].append(f_score(ner, gold, [[doc] for doc in gold]))
    for seed in range(draws):
        others = shuffled(gold, seed)
        found["another's"].append(f_score(ner, gold, [[other] for other in others]))
        pairs = [[other, doc] for other, doc in zip(others, gold, strict=True)]
        for order in get_args(Pictures):
            ner.context = ContextFormatter("All", pictures=order, **settings)
            found[f"another's, then its own: `{order}`"].append(f_score(ner, gold, pairs))
    print("| pictures | F1 |\n| --- | --- |")
    for name, scores in found.items():
        spread = f" ± {stdev(scores):.1f}" if len(scores) > 1 else ""
        print(f"| {name} | {mean(scores):.1f}{spread} |")


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
