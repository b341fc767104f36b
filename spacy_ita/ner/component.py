"""The `crf_ner` pipe: named entities from a text, with or without its picture."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import torch
from safetensors import SafetensorError
from spacy.errors import Errors
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, validate_examples, validate_get_examples
from spacy.util import logger
from spacy.vocab import Vocab
from thinc.api import Optimizer
from torch import Tensor

from ..context import Formatter, ViewName
from ..crf import HostCopy, TagScheme
from ..encoder import encoders_beside
from ..extensions import attributes
from .labels import LabelledTagger, checked_labels, labels_of
from .loss.cross_view import CrossViewLoss
from .loss.gold_tags import word_tags
from .loss.gradient_accumulation import MeanGradient
from .loss.learning_rates import GroupRates, checked_factors
from .loss.mean_teacher import MeanTeacher
from .loss.training_warnings import warn_of_old_calibration, warn_of_unlearnt_pictures
from .loss.view_batch import ViewBatch
from .model import TaggerModel, head_shim, named_weights, tagging_head
from .prediction.listeners import EncoderGradient
from .scores.view_scores import score_views

LOSS_TERMS = ("_nll_text", "_nll_image", "_kl")


class CrossViewNER(LabelledTagger):
    """A tagger: a linear-chain CRF over an encoder of text and context, or of text and picture.

    It sets `doc.ents` and, on each entity, `span._.confidence`: its exact marginal probability,
    mapped by `recalibrations` if there are any. It keeps entities that another pipe has set.

    Later pipes can use its encoder's vectors, and train the encoder with their own loss, through a
    `spacy.Tok2VecListener.v1` whose `upstream` is this pipe's name. The pipe then sets
    `doc.tensor`, too. The vectors are those of the I+T view if the Doc has a picture.

    Args:
        vocab: The pipeline's vocabulary.
        model: A model from views to distributions over BIOES tags, as `spacy_ita.CRFTagger.v1`.
        name: The pipe's name.
        context: Formats a Doc's alignments for the encoder.
        loss: The loss of a batch of views in training, which also chooses the views to learn from.
        view: The view to annotate from. "auto" is I+T, with the picture, if the Doc has an
            alignment or a picture that the encoder can read; else T, the text alone. "T" is
            always T. "I+T" is like "auto", but warns if any document in a batch has no picture.
        learn_rate_factors: Factors of the learning rate for "encoder", "linear" (the new layers),
            "crf" and "fusion" (layers between text and picture).
        attrs: Other names for the extensions, by the field names of `Attributes`.
        scorer: Scores entities, as `spacy.ner_scorer.v1`; None for no scores.
        nlp: The pipeline that the pipe is part of.

    Raises:
        ValueError: For unknown values of `learn_rate_factors`, `view` or `attrs`.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: TaggerModel,
        name: str = "crf_ner",
        *,
        context: Formatter,
        loss: CrossViewLoss,
        view: ViewName = "auto",
        learn_rate_factors: Mapping[str, float],
        attrs: Mapping[str, str] | None = None,
        scorer: Callable[..., dict[str, Any]] | None = None,
        nlp: Language | None = None,
    ) -> None:
        super().__init__(vocab, model, name, nlp)
        self.context = context
        self.loss = loss
        self.view = view
        self.learn_rate_factors = checked_factors(name, learn_rate_factors)
        self.attrs = attributes(attrs)
        self.scorer = scorer
        self.cfg: dict[str, Any] = {"labels": []}
        self._encoder_gradient = EncoderGradient()
        self._mean_gradient = MeanGradient()
        self.teacher = MeanTeacher(loss.teacher_decay)

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        """Set the labels, load the encoder and make a new head.

        An encoder that is loaded already keeps its weights. A warning tells if the loss, the view
        and the examples don't fit together, so that a view is used but never learnt.

        Args:
            get_examples: Returns examples, to take the labels from and to look for pictures.
            nlp: The pipeline, for its config.
            labels: The labels; by default those that were added, and those of the examples.

        Raises:
            ValueError: If there is no label, the encoder is unfit, or a listener has another width.
        """
        # before any data is read, as an unfit encoder is refused
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
        self.teacher = MeanTeacher(self.loss.teacher_decay)
        self.model.initialize()
        width = self.model.get_ref("encoder").get_dim("nO")
        for pipe, listeners in self.listener_map.items():
            if any(listener.get_dim("nO") != width for listener in listeners):
                raise ValueError(f"{pipe}: its listener to {self.name} needs `width = {width}`")

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Save to a folder, with the encoder in a folder of its own, as Hugging Face's are."""
        with encoders_beside(Path(path)):
            super().to_disk(path, exclude=exclude)

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "CrossViewNER":
        """Load the pipe from a folder that `to_disk` wrote.

        Raises:
            ValueError: If the folder is incomplete, as after a training that was killed while
                saving, or damaged.
        """
        self.recalibrate({})
        try:
            with encoders_beside(Path(path)):
                super().from_disk(path, exclude=exclude)
            self._begin_anew("cfg" in exclude)
        except (OSError, ValueError, RuntimeError, SafetensorError) as error:
            raise ValueError(f"{path} is incomplete or damaged: {error}") from error
        return self

    def from_bytes(self, bytes_data: bytes, *, exclude: Iterable[str] = ()) -> "CrossViewNER":
        """Load the pipe from the bytes that `to_bytes` returned."""
        self.recalibrate({})
        super().from_bytes(bytes_data, exclude=exclude)
        self._begin_anew("cfg" in exclude)
        return self

    def _begin_anew(self, labels_excluded: bool) -> None:
        """Drop all state that belongs to earlier weights, and check the labels."""
        self.teacher = MeanTeacher(self.loss.teacher_decay)
        self._encoder_gradient = EncoderGradient()
        self._mean_gradient.reset()
        self.match_labels(labels_excluded)

    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Learn from a batch of examples.

        Labels that the pipe lacks are added, as in spaCy's `ner`.
        The gradient is the mean over all documents since the last step, in however many batches
        they come. The gradients of listeners are added to the encoder's, as a mean over the
        batches, weighted by their documents. The encoder's gradient is computed when all listeners
        have given theirs, or before the step if some of them, such as frozen ones, give none.

        Args:
            examples: The batch.
            drop: Dropout rate of the word vectors.
            sgd: Optimizer for a step after the batch; None for no step.
            losses: Updated and returned, with the loss under the pipe's name, and its terms under
                `{name}_nll_text`, `{name}_nll_image` and `{name}_kl`.

        Raises:
            ValueError: If the loss is NaN. No gradient of the batch is left then.
        """
        self._encoder_gradient.before_update()
        losses = {} if losses is None else losses
        for term in ("", *LOSS_TERMS):
            losses.setdefault(self.name + term, 0.0)
        examples = list(examples)
        validate_examples(examples, "CrossViewNER.update")
        given = [example.predicted for example in examples]
        pairs = [(example, tags) for example in examples if (tags := word_tags(example))]
        if not pairs:
            return losses
        docs = [example.predicted for example, _ in pairs]
        aligned = [tags for _, tags in pairs]
        if new := labels_of(aligned) - set(self.labels):
            logger.info("%s: new labels in the examples: %s", self.name, sorted(new))
            self.relabel([*self.labels, *new])
        tagging_head(self.model).dropout.p = drop
        contexts = self.contexts_of(docs, "auto")
        self.learns_pictures |= self.loss.reads_image and any(contexts)
        batch = ViewBatch.for_training(docs, contexts, self.loss)
        parts = batch.parts(None if self.listeners else self.model.get_ref("encoder"))
        for part, views in parts:
            values = self._learn(views, [docs[d] for d in part], [aligned[d] for d in part], given)
            for term, value in zip(("", *LOSS_TERMS), values, strict=True):
                losses[self.name + term] += value * len(part) / len(docs)
        if sgd:
            self.finish_update(sgd)
        return losses

    def _learn(
        self, batch: ViewBatch, docs: list[Doc], aligned: list[list[str | None]], given: list[Doc]
    ) -> list[float]:
        """Add the gradient of documents to that of the weights; returns the loss and its terms."""
        teacher = self.teacher.read(self.model, batch.views[len(batch.text) :])
        output, backprop = self.model.begin_update(batch.views)
        chain, vectors = output.chain, output.words.vectors
        gold = batch.padded(list(map(TagScheme(self.labels).encode, aligned)))
        loss = self.loss(chain, gold, batch.text, batch.image, teacher)
        total = loss.total + output.words.auxiliary_loss(gold)
        terms = HostCopy(torch.stack([total, loss.nll_text, loss.nll_image, loss.kl]))
        share = self._mean_gradient.make_room(self.model, len(docs))
        (share * total).backward()
        listeners = self.listeners
        self._encoder_gradient.expect(lambda: backprop(cast("Tensor", vectors.grad)), listeners)
        # the device computes the gradients while the host waits for the loss
        values = terms.wait().tolist()
        if math.isnan(values[0]):
            self._forget_gradients()
            why = f"The batch begins with {docs[0].text[:40]!r}."
            raise ValueError(f"{Errors.E910.format(name=self.name)} {why}")
        if listeners:
            preferred = batch.rows("text" if self.view == "T" else "image")
            rows = {docs[d]: row for d, row in preferred.items()}

            def again(gradient: Tensor) -> None:
                self.model.get_ref("encoder").begin_update(batch.views)[1](gradient)

            places = [rows.get(doc, 0) for doc in given]
            self._encoder_gradient.serve(given, vectors, places, share, again)
        return values

    def finish_update(self, sgd: Optimizer) -> None:
        """Step the weights, each group at its own rate, and reset what `recalibrate` set."""
        if self.cfg.get("recalibrations"):
            warn_of_old_calibration(self.name)
            self.recalibrate({})
        self._encoder_gradient.before_step()
        self.model.finish_update(cast("Optimizer", GroupRates(sgd, self.learn_rate_factors)))
        self._mean_gradient.reset()
        self.teacher.step(self.model)

    def _forget_gradients(self) -> None:
        """Drop all gradients since the last step."""
        for weights in named_weights(self.model).values():
            weights.grad = None
        self._mean_gradient.reset()
        self._encoder_gradient = EncoderGradient()

    def score(self, examples: Iterable[Example], **kwargs: Any) -> dict[str, Any]:
        """Score the entities on the documents, and those of each view.

        The scores of both views are those of the whole pipeline: later pipes run again for the
        T view. A warning tells if references have alignments that the predicted documents lack.

        Args:
            examples: Documents that the pipeline has annotated, with their references.
            kwargs: Further arguments of the scorer.

        Returns:
            The scorer's scores and calibration, `ents_ece` and `ents_brier`; the same for both
            views, as `ents_f_text` (T) and `ents_f_image` (I+T); and the mean of these two,
            `ents_f_views`. If all documents were read without a picture, the I+T scores are None,
            and the mean is that of T.
        """
        examples = list(examples)
        validate_examples(examples, "CrossViewNER.score")
        if self.scorer is None:
            return {}
        return score_views(self, examples, partial(self.scorer, **kwargs))
