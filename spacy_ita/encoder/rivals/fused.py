"""Late fusion: an encoder's words and a picture's nodes, joined by a module of its own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from thinc.api import Model
from torch import Tensor, nn
from torch.nn.functional import pad

from ...context import NO_CONTEXT
from ..encoded_words import EncodedWords, no_auxiliary_loss
from ..model import Backprop
from ..shim import ModuleShim
from ..subwords.reader import View

VIEWS_AT_ONCE, WORDS_AT_ONCE = 64, 4096
"""How much is fused at once: views, with a picture each in memory, and words with padding."""


@dataclass(frozen=True)
class Nodes:
    """What a module sees of B pictures.

    Attributes:
        vectors: Vectors of patches or objects, (B, R, D); R is at least 1.
        mask: Which of them there are, (B, R) bool; none where a view has no picture.
        learn: Takes the gradient of the vectors; None for frozen ones.
    """

    vectors: Tensor
    mask: Tensor
    learn: Callable[[Tensor], object] | None = None

    @classmethod
    def none(cls, model: Model[Any, Any], views: int, width: int) -> "Nodes":
        """Make no nodes, as wide as those of other views, on the device of an encoder."""
        shim: Any = model.shims[0]
        vectors = torch.zeros(views, 1, width, device=shim.device)
        return cls(vectors, torch.zeros(views, 1, dtype=torch.bool, device=shim.device))

    @classmethod
    def placed(
        cls,
        views: int,
        rows: Sequence[int],
        found: EncodedWords,
        learn: Callable[[Tensor], object] | None = None,
    ) -> "Nodes":
        """Place the nodes of some of the views; the others have none.

        Args:
            views: Number of views.
            rows: The views that have nodes, N of them.
            found: Their nodes, of vectors (N, R, D), in whatever number.
            learn: Takes the gradient of `found.vectors`; None for frozen ones.
        """
        vectors = found.vectors.new_zeros(views, *found.vectors.shape[1:])
        vectors[rows] = found.vectors.detach()
        steps = torch.arange(vectors.shape[1], device=vectors.device)
        mask = torch.zeros(vectors.shape[:2], dtype=torch.bool, device=vectors.device)
        mask[rows] = steps < found.lengths[:, None]
        return cls(vectors, mask, learn and (lambda gradient: learn(gradient[rows])))

    def leaf(self, is_train: bool) -> "Nodes":
        """Return the nodes cut off from what made them, to collect their gradient."""
        learns = is_train and self.learn is not None
        return Nodes(self.vectors.detach().requires_grad_(learns), self.mask, self.learn)

    def backpropagate(self) -> None:
        """Pass the collected gradient on to what made the nodes."""
        if self.learn is not None and self.vectors.grad is not None:
            self.learn(self.vectors.grad)


Look = Callable[[Model[Any, Any], list[View], bool], Nodes]
"""Finds the nodes of views, given the encoder and whether it is in training."""


@dataclass(frozen=True)
class Fused:
    """The output of a fusion.

    Attributes:
        vectors: Vectors of the words, (B, T, H').
        boundary_scores: As in `EncodedWords`.
        losses: Losses of a task that needs no gold tags, one for each of its examples, (E,).
    """

    vectors: Tensor
    boundary_scores: Tensor | None = None
    losses: Tensor | None = None

    @property
    def tensors(self) -> list[Tensor | None]:
        """The parts, in order."""
        return [self.vectors, self.boundary_scores, self.losses]

    @classmethod
    def joined(cls, parts: Sequence["Fused"]) -> "Fused":
        """Join the outputs of consecutive views."""
        columns = zip(*(part.tensors for part in parts), strict=True)
        found = [[tensor for tensor in column if tensor is not None] for column in columns]
        vectors, *sides = (torch.cat(column) if column else None for column in found)
        assert vectors is not None
        return cls(vectors, *sides)

    def padded(self, words: int) -> "Fused":
        """Return the output with zeros after its words, up to a number of words."""

        def longer(of_words: Tensor) -> Tensor:
            return pad(of_words, (0, 0, 0, words - of_words.shape[1]))

        scores = self.boundary_scores
        return Fused(longer(self.vectors), None if scores is None else longer(scores), self.losses)

    def leaf(self, is_train: bool) -> "Fused":
        """Return the output cut off from its module, to collect gradients."""
        cut = (t if t is None else t.detach().requires_grad_(is_train) for t in self.tensors)
        return Fused(*cut)  # type: ignore[arg-type]

    def backpropagate(self, gradients: Sequence[Tensor | None]) -> None:
        """Backpropagate the gradients of the parts; None for a part that has none."""
        pairs = [
            (tensor, gradient)
            for tensor, gradient in zip(self.tensors, gradients, strict=True)
            if tensor is not None and gradient is not None
        ]
        tensors, known = zip(*pairs, strict=True)
        torch.autograd.backward(tensors, known)


class Fusion(nn.Module):
    """A module that fuses words and nodes, the part of a system that is its own.

    Attributes:
        output_width: Width H' of its vectors.
    """

    output_width: int

    def forward(self, words: Tensor, mask: Tensor, nodes: Nodes) -> Fused:
        """Fuse the vectors of words with nodes.

        Args:
            words: The words, (B, T, H).
            mask: Which words there are, (B, T) bool.
            nodes: The nodes of the views' pictures.
        """
        raise NotImplementedError

    def auxiliary_loss(self, sides: Fused, lengths: Tensor, tags: Tensor) -> Tensor | float:
        """Compute the module's own loss.

        Args:
            sides: The output, cut off from the module.
            lengths: Number of words of each view, (B,).
            tags: Gold tags, (B, T), on any device.
        """
        if sides.losses is None or not len(sides.losses):
            return 0.0
        return sides.losses.mean()


class _Held(nn.Module):
    """A fusion under a name that has a learning rate of its own."""

    def __init__(self, fusion: Fusion) -> None:
        super().__init__()
        self.fusion = fusion


def _held(make: Callable[..., Fusion], **config: Any) -> _Held:
    return _Held(make(**config))


def fused_encoder(
    name: str,
    text: Model[list[View], EncodedWords],
    make: Callable[..., Fusion],
    look: Look,
    *,
    vision: Model[list[str], Tensor] | None = None,
    settings: Mapping[str, Any],
) -> Model[list[View], EncodedWords]:
    """Build an encoder of words that fuses the vectors of `text` with what `look` finds.

    `text` reads the words alone, without any context.

    Args:
        name: Name of the layer.
        text: Encodes the words; it learns.
        make: Builds the fusion of the text's `width`, the nodes' `node_width` and the settings.
        look: Finds the nodes.
        vision: The vision model that `look` asks, for nodes of its width; None for nodes as wide
            as the words.
        settings: Plain values for `make`, which are saved with the weights.
    """
    return Model(
        name,
        forward,
        init=init,
        layers=[text] if vision is None else [text, vision],
        shims=[ModuleShim(partial(_held, make))],
        refs={"text": text, "vision": vision},
        dims={"nO": None},
        attrs={"reads_pictures": vision is not None, "look": look, "settings": dict(settings)},
    )


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:  # noqa: N803 - Thinc's names
    """Load the encoders, and make the fusion unless there is one."""
    text, vision = model.get_ref("text"), model.maybe_get_ref("vision")
    text.initialize()
    if vision is not None:
        vision.initialize()
    width = text.get_dim("nO")
    shim: Any = model.shims[0]
    if shim._model is None:
        node_width = width if vision is None else vision.get_dim("nO")
        shim.build(width=width, node_width=node_width, **model.attrs["settings"])
    model.set_dim("nO", shim._model.fusion.output_width)


def forward(
    model: Model[list[View], EncodedWords], views: list[View], is_train: bool
) -> tuple[EncodedWords, Backprop]:
    """Encode views.

    Returns:
        The vectors of the words, and a callback that takes their gradient, (B, T, H').
    """
    text, look = model.get_ref("text"), model.attrs["look"]
    encoded, learn_text = text([View(view.words, NO_CONTEXT) for view in views], is_train)
    words = encoded.vectors.detach().requires_grad_(is_train)
    mask = torch.arange(words.shape[1], device=words.device) < encoded.lengths[:, None]
    module: Any = model.shims[0]._model
    module.train(is_train)
    sizes = [len(view.words) for view in views]
    seen: list[Nodes] = []
    found: list[Fused] = []
    for part in parts(sizes):
        longest = max(sizes[part])
        seen.append(look(model, views[part], is_train).leaf(is_train))
        with torch.set_grad_enabled(is_train):
            of_part = module.fusion(words[part, :longest], mask[part, :longest], seen[-1])
            found.append(of_part.padded(words.shape[1]))
    fused = Fused.joined(found)
    sides = fused.leaf(is_train)

    def backprop(d_vectors: Tensor) -> list[View]:
        gradients = [None if side is None else side.grad for side in sides.tensors[1:]]
        fused.backpropagate([d_vectors, *gradients])
        for nodes in seen:
            nodes.backpropagate()
        assert words.grad is not None
        learn_text(words.grad)
        return views

    loss = partial(module.fusion.auxiliary_loss, sides, encoded.lengths)
    output = EncodedWords(
        sides.vectors.detach(),
        encoded.lengths,
        sides.boundary_scores,
        loss if is_train else no_auxiliary_loss,
    )
    return output, backprop


def parts(sizes: Sequence[int]) -> Iterator[slice]:
    """Divide consecutive views into parts that are fused one after the other.

    Args:
        sizes: Number of words of each view.
    """
    start = longest = 0
    for view, size in enumerate(sizes):
        longest = max(longest, size)
        count = view + 1 - start
        if count > 1 and (count > VIEWS_AT_ONCE or count * longest > WORDS_AT_ONCE):
            yield slice(start, view)
            start, longest = view, size
    yield slice(start, len(sizes))
