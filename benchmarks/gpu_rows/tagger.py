"""The pipe on a card: reading, an update and a training, over one encoder."""

import gc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import spacy
import torch
from spacy.language import Language
from spacy.tokens import Doc
from thinc.api import get_torch_default_device, require_cpu, require_gpu
from torch.profiler import ProfilerActivity, profile

from spacy_ita.encoder import View
from spacy_ita.encoder.batches.call_size import GPU_CALL_COST, CallSize
from spacy_ita.encoder.model import encoder_shim
from spacy_ita.encoder.precision import half_dtype
from spacy_ita.ner.loss.view_batch import ViewBatch
from spacy_ita.training.optimizer import create_adamw

from ..parts.ratios import Row, Work
from ..parts.tagger import Tagger, spacy_ner, untrained
from ..rows.inference import bare_rows
from .card import Sizes, card_ratios, fastest, measure, precision_name
from .plain_training import PlainTraining

BATCH = 32
PIPE_BATCH = 512
"""Documents of a batch: one is read while the host prepares the next."""
RIVAL_SHARE = 4
"""spaCy's own tagger, which is slow, reads one document of so many."""
CALLS = [CallSize(subwords, GPU_CALL_COST) for subwords in (2048, 8192, 16384, 32768, 65536)]
"""Of the bare encoder; the fastest counts."""
AGREEING = 300


@dataclass(frozen=True)
class Targets:
    """The targets of an encoder's rows."""

    image: float
    text: float
    update: float
    training: float


TARGETS = {"mini": Targets(0.50, 3, 1.4, 2), "base": Targets(0.85, 2, 1.2, 1.5)}


class Bench:
    """The rows of one encoder over one corpus."""

    def __init__(self, encoder: Path, corpus: Path, sizes: Sizes) -> None:
        nlp, examples = untrained(str(encoder), corpus, mixed_precision=True, max_subwords=None)
        ner: Any = nlp.get_pipe("ner")
        self.tagger = Tagger(nlp, ner, create_adamw(1e-4), examples)
        self.encoder, self.sizes = str(encoder), sizes
        self.shim = encoder_shim(ner.model.get_ref("encoder"))
        self.precision = half_dtype(get_torch_default_device())
        whole = range(0, len(examples) - BATCH + 1, BATCH)
        batches = [examples[start : start + BATCH] for start in whole]
        self.batches = list(islice(cycle(batches), sizes.learnt))
        for batch in self.batches:
            nlp.update(batch, drop=0.1, sgd=self.tagger.optimizer)

    def docs(self, documents: int) -> list[Doc]:
        """Repeat the corpus's documents up to a number."""
        given = cycle(example.predicted for example in self.tagger.examples)
        return list(islice(given, documents))

    def annotating(
        self, nlp: Language, docs: Sequence[Doc], make: Callable[[Doc], Doc], times: int
    ) -> Work:
        """Annotate documents that nothing has annotated before, as often as `times`."""
        copies = [[make(doc) for doc in docs] for _ in range(times)]
        # in a stream, the garbage collector wouldn't walk through all of them
        gc.freeze()

        def annotate() -> None:
            for _ in nlp.pipe(copies.pop(), batch_size=PIPE_BATCH):
                pass

        return annotate

    def rows(self, targets: Targets) -> Iterator[Row]:
        name = Path(self.encoder).name
        yield from self.reading(name, targets)
        yield from self.learning(name, targets)

    def reading(self, name: str, targets: Targets) -> Iterator[Row]:
        nlp, ner = self.tagger.nlp, self.tagger.ner
        docs = self.docs(self.sizes.documents)
        views = [View([t.text for t in doc], ner.context_of(doc)) for doc in docs]
        bare = fastest([self.bare_forward(views, call) for call in CALLS])
        times = self.sizes.rounds + 1
        ours = self.tagger.in_view("auto", self.annotating(nlp, docs, Doc.copy, times))
        yield Row(
            f"{name}: `nlp.pipe`, I+T",
            f"the bare encoder in {precision_name(self.precision)}, at its best batch",
            targets.image,
            False,
            card_ratios(ours, bare, self.sizes),
        )
        other = spacy_ner(self.tagger.examples, self.encoder, mixed_precision=True)
        some = self.docs(-(-self.sizes.documents // RIVAL_SHARE))
        ours = self.tagger.in_view("T", self.annotating(nlp, some, Doc.copy, times))
        theirs = self.annotating(other, some, lambda doc: other.make_doc(doc.text), times)
        yield Row(
            f"{name}: `nlp.pipe`, T",
            "spacy-transformers' `transformer` and spaCy's `ner`",
            targets.text,
            False,
            card_ratios(ours, theirs, self.sizes),
        )

    def learning(self, name: str, targets: Targets) -> Iterator[Row]:
        ner, model = self.tagger.ner, self.shim._model
        batches = self.batches[: self.sizes.timed]
        contexts = [[ner.context_of(eg.predicted, "auto") for eg in batch] for batch in batches]
        inputs = []
        for batch, of_batch in zip(batches, contexts, strict=True):
            docs = [eg.predicted for eg in batch]
            views = ViewBatch.for_training(docs, of_batch, ner.loss).views
            inputs.append(bare_rows(self.tagger, views, CALLS[-1]))
        adamw = torch.optim.AdamW(model.parameters(), lr=0.0, fused=True)

        def bare() -> None:
            model.train()
            for parts in inputs:
                for part in parts:
                    with self.autocast():
                        hidden = model(**part).last_hidden_state
                    hidden.float().sum().backward()
                adamw.step()
                adamw.zero_grad()

        yield Row(
            f"{name}: an update of {BATCH} tweets with CVA",
            "the bare encoder's two views: forward, backward, fused AdamW",
            targets.update,
            True,
            card_ratios(bare, self.update, self.sizes),
        )
        device = get_torch_default_device()
        plain = PlainTraining(self.encoder, ner.labels, device, self.precision)

        def plain_loop() -> None:
            for batch, of_batch in zip(batches, contexts, strict=True):
                plain.update(batch, [str(context) for context in of_batch])

        yield Row(
            f"{name}: a training with CVA, tweets/s",
            "transformers and pytorch-crf in a plain loop, both views",
            targets.training,
            False,
            card_ratios(self.update, plain_loop, self.sizes),
        )

    def bare_forward(self, views: list[View], size: CallSize) -> Work:
        """Run the encoder's forward over the views."""
        inputs, model = bare_rows(self.tagger, views, size), self.shim._model

        @torch.inference_mode()
        def run() -> None:
            model.eval()
            with self.autocast():
                for part in inputs:
                    model(**part)

        return run

    def autocast(self) -> Any:
        device = get_torch_default_device().type
        return torch.autocast(device, self.precision, enabled=self.precision is not None)

    def update(self) -> None:
        """Run the updates of a round."""
        for batch in self.batches[: self.sizes.timed]:
            self.tagger.nlp.update(batch, drop=0.1, sgd=self.tagger.optimizer)

    def figures(self) -> dict[str, float]:
        """Words read a second, and on a card its peak memory and the share of a training's time
        in which it computes."""
        docs = self.docs(self.sizes.documents)
        words = sum(map(len, docs))
        read = self.annotating(self.tagger.nlp, docs, Doc.copy, 1)
        found: dict[str, float] = {"words_per_second": round(words / measure(read))}
        if torch.cuda.is_available():
            with profile(activities=[ProfilerActivity.CUDA]) as profiled:
                took = measure(self.update)
            events = profiled.key_averages()
            busy = sum(event.self_device_time_total for event in events) / 1e6
            found |= {"busy": busy / took, "peak_bytes": torch.cuda.max_memory_allocated()}
        return found

    def agreement(self) -> dict[str, float]:
        """Count the documents in which CPU and card find the same entities, and by how much their
        confidences differ at most."""
        docs = self.docs(AGREEING)
        with TemporaryDirectory() as folder:
            self.tagger.nlp.to_disk(folder)
            on_card = [entities(doc) for doc in self.tagger.nlp.pipe(d.copy() for d in docs)]
            require_cpu()
            on_cpu = [entities(doc) for doc in spacy.load(folder).pipe(d.copy() for d in docs)]
            require_gpu()
        pairs = list(zip(on_card, on_cpu, strict=True))
        differences = [
            abs(a[entity] - b[entity]) for a, b in pairs for entity in a.keys() & b.keys()
        ]
        return {
            "documents": len(docs),
            "same": sum(a.keys() == b.keys() for a, b in pairs),
            "largest_difference": max(differences, default=0.0),
        }


def entities(doc: Doc) -> dict[tuple[int, int, str], float]:
    return {(ent.start, ent.end, ent.label_): ent._.confidence for ent in doc.ents}
