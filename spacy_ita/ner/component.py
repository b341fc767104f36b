"""The `crf_ner` pipe: entities of a text, read with or without its picture."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any, cast

import torch
from spacy.errors import Errors
from spacy.language import Language
from spacy.training import Example, validate_examples, validate_get_examples
from spacy.util import logger
from spacy.vocab import Vocab
from thinc.api import Model, Optimizer
from torch import Tensor

from ..context import Formatter, ViewName
from ..crf import HostCopy, TagScheme
from ..encoder import Backprop, View
from ..extensions import attributes
from .labels import checked_labels, labels_of, replace_labels
from .loss.cross_view import CrossViewLoss
from .loss.gradient_accumulation import MeanGradient
from .loss.learning_rates import GroupRates, checked_rates
from .loss.mean_teacher import MeanTeacher
from .loss.unlearnt_pictures import warn_of_old_calibration, warn_of_unlearnt_pictures
from .loss.view_batch import ViewBatch
from .model import Reading, head_shim, named_weights, tagging_head
from .prediction.listeners import EncoderGradient
from .prediction.view_reader import ViewReader
from .scores.recalibration import ViewKind
from .scores.view_scores import score_views

LOSS_TERMS = ("_nll_text", "_nll_image", "_kl")


class CrossViewNER(ViewReader):
    """Finds entities by a linear-chain CRF over an encoder that reads text and context, or text
    and picture.

    model: from views to distributions over BIOES tags, as `spacy_ita.CRFTagger.v1`.
    context: from a Doc's alignments to what the encoder reads beside its text.
    loss: of a batch of views, in training.
    view: what a Doc is annotated from; what is read in training, the loss says. "auto": with its
        picture where its alignments say anything, or the encoder can read it itself (I+T), else
        from its text alone (T); "text": always T; "image": as "auto", with a warning for a batch
        that holds documents without a picture.
    learn_rates: factors of the optimizer's learning rate for "encoder", "linear" (the layers that
        are new) and "crf".
    attrs: other names for the extensions, by the field names of `Attributes`.
    nlp: the pipeline that the pipe is made for.

    Sets `doc.ents`, and on each entity `span._.confidence`: its exact marginal probability, mapped
    by `recalibrations` if they were fitted.
    Entities that are on the Doc already and are not this pipe's own are kept.

    Pipes after this one can read its encoder's vectors, (I+T) where there is a picture, and train
    it with theirs: by a `spacy.Tok2VecListener.v1` whose `upstream` is this pipe's name. The
    vectors then are the Doc's tensor too.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: Model[list[View], Reading],
        name: str = "crf_ner",
        *,
        context: Formatter,
        loss: CrossViewLoss,
        view: ViewName = "auto",
        learn_rates: Mapping[str, float],
        attrs: Mapping[str, str] | None = None,
        scorer: Callable[..., dict[str, Any]] | None = None,
        nlp: Language | None = None,
    ) -> None:
        super().__init__(vocab, model, name, nlp)
        self.context = context
        self.loss = loss
        self.view = view
        self.learn_rates = checked_rates(name, learn_rates)
        self.attrs = attributes(attrs)
        self.scorer = scorer
        self.cfg: dict[str, Any] = {"labels": []}
        self._encoder_gradient = EncoderGradient()
        self._mean_gradient = MeanGradient()
        self._teacher = MeanTeacher(loss.teacher_decay)

    @property
    def label_data(self) -> list[str]:
        """The labels as `spacy init labels` writes them, for `initialize`."""
        return list(self.labels)

    def add_label(self, label: str) -> int:
        """Add a label; a trained pipe keeps what it knows. Return 0 if the label is there."""
        labels = checked_labels([*self.labels, label])
        if len(labels) == len(self.labels):
            return 0
        if head_shim(self.model)._model is None:
            self.cfg["labels"] = labels
        else:
            self.relabel(labels)
        return 1

    def relabel(self, labels: Iterable[str], like: Mapping[str, str] | None = None) -> None:
        """Replace the labels of a trained pipe: a new head over the trained encoder.

        Args:
            labels: The new set. Labels that the pipe has already keep their weights.
            like: For a new label, the old one that it starts from: `{"PERSON": "PER"}`.

        Raises:
            ValueError: For an untrained pipe, no label, or labels of `like` that aren't there.
        """
        wanted = checked_labels(labels)
        if not wanted:
            raise ValueError(f"{self.name}: give one label at least")
        replace_labels(self.model, wanted, like or {})
        self.cfg["labels"] = wanted
        self.recalibrate({})

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        """Set the labels (from the examples unless given), load the encoder, make the head. An
        encoder that is there already stays as it is, with what it has learnt.

        ValueError where there is no label. A warning where the loss reads pictures and no
        example has an alignment, or a picture that the encoder reads; and where examples have
        them, `view` is not "text", and the loss reads none.
        """
        # before any data is read: an encoder may be refused
        self.model.get_ref("encoder").initialize()
        validate_get_examples(get_examples, "CrossViewNER.initialize")
        found = set(checked_labels(self.labels if labels is None else labels))
        with_context = 0
        for example in get_examples():
            if labels is None:
                found.update(ent.label_ for ent in example.reference.ents)
            with_context += bool(self.context_of(example.predicted, "auto"))
        if not found:
            raise ValueError(
                f"{self.name}: no entity label in the examples; give examples with entities, or "
                f"`labels` in [initialize.components.{self.name}]"
            )
        config = (nlp.config if nlp else Language.default_config).interpolate()
        warn_of_unlearnt_pictures(self.name, self.loss, self.view, with_context, config)
        self.cfg["labels"] = sorted(found)
        self.recalibrate({})
        self.model.attrs["labels"] = sorted(found)
        head_shim(self.model)._model = None
        self._teacher = MeanTeacher(self.loss.teacher_decay)
        self.model.initialize()
        width = self.model.get_ref("encoder").get_dim("nO")
        for pipe, listeners in self.listener_map.items():
            if any(listener.get_dim("nO") != width for listener in listeners):
                raise ValueError(f"{pipe}: its listener to {self.name} needs `width = {width}`")

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "CrossViewNER":
        """Read what `to_disk` wrote. Raises ValueError, which names the folder, where it isn't
        whole, as after a training that was killed while it saved."""
        self.recalibrate({})
        try:
            super().from_disk(path, exclude=exclude)
            self._begin_anew("cfg" in exclude)
        except (OSError, ValueError, RuntimeError) as error:
            raise ValueError(f"{path} is not whole, or damaged: {error}") from error
        return self

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> "CrossViewNER":
        """Read what `to_bytes` gave."""
        self.recalibrate({})
        super().from_bytes(bytes_data, exclude=exclude)
        self._begin_anew("cfg" in exclude)
        return self

    def _begin_anew(self, labels_excluded: bool) -> None:
        """Forget what was of the weights before. ValueError for labels of other weights."""
        self._teacher = MeanTeacher(self.loss.teacher_decay)
        self._encoder_gradient = EncoderGradient()
        self._mean_gradient.reset()
        if head_shim(self.model)._model is None:
            return
        labels = self.model.attrs["labels"]
        if labels_excluded:
            self.cfg["labels"] = list(labels)
        # a missing list of labels is an empty one to spaCy
        elif self.cfg["labels"] != labels:
            raise ValueError("its labels are not those of its weights")

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Learn from a batch. Adds to `losses` the total under the pipe's name, and its terms
        under `{name}_nll_text`, `{name}_nll_image` and `{name}_kl`. Labels that the pipe lacks are
        added, as spaCy's `ner` adds them.

        The gradient is a mean over all documents since the last step, in however many batches they
        come. Listeners' gradients are added to the encoder's: where a step takes several batches,
        as a mean over the batches, weighted by their documents.

        The encoder's gradient is computed once all listeners have given theirs, and without those
        of frozen pipes before the step.
        """
        self._encoder_gradient.before_update()
        losses = {} if losses is None else losses
        for term in ("", *LOSS_TERMS):
            losses.setdefault(self.name + term, 0.0)
        examples = list(examples)
        validate_examples(examples, "CrossViewNER.update")
        given = [example.predicted for example in examples]
        examples = [example for example in examples if len(example.predicted)]
        if not examples:
            return losses
        docs = [example.predicted for example in examples]
        aligned = [eg.get_aligned_ner() for eg in examples]
        if new := labels_of(aligned) - set(self.labels):
            logger.info("%s: new labels in the examples: %s", self.name, sorted(new))
            self.relabel([*self.labels, *new])
        tagging_head(self.model).dropout.p = drop
        contexts = [self.context_of(doc, "auto") for doc in docs]
        batch = ViewBatch.for_training(docs, contexts, self.loss)
        teacher = self._teacher.read(self.model, batch.views[len(batch.text) :])
        backprop: Backprop
        reading, backprop = self.model.begin_update(batch.views)
        chain, vectors = reading.chain, reading.words.vectors
        scheme = TagScheme(self.labels)
        tags = [scheme.encode(biluo) for biluo in aligned]
        # padding is no missing tag
        gold = torch.tensor(list(zip_longest(*(tags[d] for d in batch.documents), fillvalue=0))).T
        loss = self.loss(chain, gold, batch.text, batch.image, teacher)
        terms = HostCopy(torch.stack([loss.total, loss.nll_text, loss.nll_image, loss.kl]))
        share = self._mean_gradient.make_room(self.model, len(docs))
        (share * loss.total).backward()
        listeners = self.listeners
        self._encoder_gradient.expect(lambda: backprop(cast(Tensor, vectors.grad)), listeners)
        # the device has the gradients to compute while the host waits for the loss
        values = terms.wait().tolist()
        if math.isnan(values[0]):
            self._forget_gradients()
            first = docs[0].text[:40]
            raise ValueError(
                f"{Errors.E910.format(name=self.name)} The batch begins with {first!r}."
            )
        if listeners:
            preferred: ViewKind = "text" if self.view == "text" else "image"
            rows = {docs[d]: row for d, row in batch.rows(preferred).items()}

            def again(gradient: Tensor) -> None:
                self.model.get_ref("encoder").begin_update(batch.views)[1](gradient)

            rows_given = [rows.get(doc, 0) for doc in given]
            self._encoder_gradient.serve(given, vectors, rows_given, share, again)
        if sgd:
            self.finish_update(sgd)
        for term, value in zip(("", *LOSS_TERMS), values, strict=True):
            losses[self.name + term] += value
        return losses

    def finish_update(self, sgd: Optimizer) -> None:
        """Step the weights, each group at its own rate, and reset what `recalibrate` set."""
        if self.cfg.get("recalibrations"):
            warn_of_old_calibration(self.name)
            self.recalibrate({})
        self._encoder_gradient.before_step()
        self.model.finish_update(cast(Optimizer, GroupRates(sgd, self.learn_rates)))
        self._mean_gradient.reset()
        self._teacher.step(self.model)

    def _forget_gradients(self) -> None:
        """Drop what was learnt since the last step."""
        for weights in named_weights(self.model).values():
            weights.grad = None
        self._mean_gradient.reset()
        self._encoder_gradient = EncoderGradient()

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """The scorer's scores of the entities set, and the same of each view apart: `ents_f_text`
        (T), `ents_f_image` (I+T) and their mean `ents_f_views`, likewise p, r and per_type; and
        how far confidences can be believed, `ents_ece` and `ents_brier`.

        Where no document has a picture, or all were read in the view "text", T is the only view:
        the I+T scores are None and the mean is T's. A warning where references have alignments
        that the documents to annotate lack. The scores of both views are of what the whole pipeline
        gives: pipes that follow this one run again for the T view.
        """
        examples = list(examples)
        validate_examples(examples, "CrossViewNER.score")
        return {} if self.scorer is None else score_views(self, examples, **kwargs)
