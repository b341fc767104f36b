"""The tagger's model: encoder, dropout, linear layer, linear-chain CRF over BIOES tags."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import torch
from spacy.tokens import Doc
from spacy.util import registry
from thinc.api import Model
from torch import Tensor, nn

from ..context import NO_CONTEXT
from ..crf import LinearChain, LinearChainCRF, TagScheme
from ..encoder import Backprop, EncodedWords, View
from ..encoder.shim import ModuleShim
from .words import Words


@dataclass(frozen=True)
class TaggerOutput:
    """The output of a tagger for a batch of views.

    Args:
        chain: The distribution over tag sequences of each view.
        words: The vectors of the words. In training, a backward pass from the chain leaves its
            gradient on them.
    """

    chain: LinearChain
    words: EncodedWords


TaggerModel = Model[list[View], TaggerOutput]


class TaggingHead(nn.Module):
    """The layers from word vectors to a distribution over tag sequences.

    Args:
        labels: The entity labels, sorted.
        width: Width H of the encoder's vectors.
        word_dropout: Probability that a word's whole vector is zeroed in training. Each update
            sets `dropout`, the probability for single values.
    """

    boundary_shares: Tensor

    def __init__(self, labels: list[str], width: int, word_dropout: float) -> None:
        super().__init__()
        self.dropout = nn.Dropout(0.0)
        self.word_dropout = nn.Dropout1d(word_dropout)
        scheme = TagScheme(tuple(labels))
        self.linear = nn.Linear(width, len(scheme.tags))
        self.crf = LinearChainCRF(scheme)
        self.register_buffer("boundary_shares", scheme.boundary_shares(), persistent=False)

    def forward(self, words: EncodedWords) -> LinearChain:
        """Compute the distributions; outside training, over valid sequences only.

        Args:
            words: The words of each view.
        """
        dropped = self.word_dropout(self.dropout(words.vectors))
        emissions = self.emissions(replace(words, vectors=dropped))
        return self.crf.chain(emissions, words.lengths, constrained=not self.training)

    def emissions(self, words: EncodedWords) -> Tensor:
        """Compute the score of each tag at each word, (B, T, K)."""
        scores: Tensor = self.linear(words.vectors)
        if words.boundary_scores is None:
            return scores
        return scores + words.boundary_scores @ self.boundary_shares


@registry.architectures("spacy_ita.CRFTagger.v1")
def build_crf_tagger(
    encoder: Model[list[View], EncodedWords], word_dropout: float = 0.1
) -> TaggerModel:
    """Build a tagger: a model from views to a distribution over tag sequences for each.

    Args:
        encoder: `spacy_ita.ContextEncoder.v1`, or another layer with its interface.
        word_dropout: Probability that a word's whole vector is zeroed in training.
    """
    head: Model[EncodedWords, LinearChain] = Model(
        "tagging_head", _head_forward, shims=[ModuleShim(partial(_make_head, word_dropout))]
    )
    return Model(
        "crf_tagger",
        forward,
        init=init,
        layers=[encoder, head],
        refs={"encoder": encoder, "head": head},
        attrs={"labels": [], "replace_listener": replace_listener},
    )


def replace_listener(model: Model[Any, Any]) -> Model[Any, Any]:
    """Refuse to be copied into a listening pipe, as `nlp.replace_listeners` asks for.

    Raises:
        ValueError: Always.
    """
    raise ValueError(
        "a pipe that listens to a crf_ner needs that crf_ner in its pipeline: add both"
    )


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:  # noqa: N803 - Thinc's names
    """Load the encoder, and make a head for `attrs["labels"]` unless there is one.

    Raises:
        ValueError: If the encoder is a layer with another interface.
    """
    encoder = model.get_ref("encoder")
    encoder.initialize()
    _check_interface(encoder)
    shim = head_shim(model)
    if shim._model is None:
        shim.build(labels=model.attrs["labels"], width=encoder.get_dim("nO"))


def _check_interface(encoder: Model[Any, Any]) -> None:
    """Raise ValueError for a layer that gives no vectors of a view's words."""
    try:
        found: Any = encoder.predict([View(["a"], NO_CONTEXT)])
    # a layer that takes Docs
    except (AttributeError, TypeError) as error:
        found = error
    if not isinstance(found, EncodedWords):
        raise ValueError(
            f"the encoder {encoder.name!r} doesn't encode views; it gives {found!r:.80}: use "
            f"`spacy_ita.ContextEncoder.v1`, or another layer from views to EncodedWords"
        )


def forward(
    model: TaggerModel, views: Sequence[View | Doc], is_train: bool
) -> tuple[TaggerOutput, Backprop]:
    """Encode views and compute their distributions, in order.

    Args:
        model: The tagger.
        views: What to encode. A Doc, as `spacy debug model` passes it, counts as its text alone.
        is_train: Whether to keep what the gradient needs.

    Returns:
        The output, and a callback that takes the gradient of the vectors, which autograd leaves on
        them.
    """
    views = [
        view if isinstance(view, View) else View(Words.of(view).texts, NO_CONTEXT) for view in views
    ]
    encoded, backprop = model.get_ref("encoder")(views, is_train)
    words = replace(encoded, vectors=encoded.vectors.detach().requires_grad_(is_train))
    chain, _ = model.get_ref("head")(words, is_train)
    return TaggerOutput(chain, words), backprop


def head_shim(model: TaggerModel) -> ModuleShim:
    """Return the shim of the linear layer and the CRF."""
    shim = model.get_ref("head").shims[0]
    assert isinstance(shim, ModuleShim)
    return shim


def tagging_head(model: TaggerModel) -> TaggingHead:
    """Return the linear layer and the CRF.

    Raises:
        ValueError: Before `initialize`.
    """
    head: TaggingHead | None = head_shim(model)._model
    if head is None:
        raise ValueError("the tagger has no weights: call `nlp.initialize()`, or load a pipeline")
    return head


def named_weights(model: TaggerModel) -> dict[tuple[int, str], nn.Parameter]:
    """Collect the weights of the encoder and the head, by an optimizer's keys."""
    return {
        (shim.id, name): weights
        for node in model.walk()
        for shim in node.shims
        for name, weights in shim._model.named_parameters()
    }


def _make_head(rate: float, labels: list[str], width: int, **older: Any) -> TaggingHead:
    # older pipelines were saved with their rate of word dropout; the config's counts
    return TaggingHead(labels, width, rate)


def _head_forward(
    model: Model[EncodedWords, LinearChain], words: EncodedWords, is_train: bool
) -> tuple[LinearChain, Callable[[Any], Any]]:
    # autograd, not Thinc, leads from the loss to the vectors, so the callback does nothing
    head: Any = model.shims[0]._model
    head.train(is_train)
    with torch.set_grad_enabled(is_train):
        return head(words), lambda loss: None
