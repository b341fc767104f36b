"""The cross-view loss of ITA (Wang et al., 2022, section 3.4)."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Literal, get_args

import torch
from spacy.util import registry
from torch import Tensor

from ...crf import LinearChain, sequence_kl, token_kl
from ...deprecations import renamed_arguments


@dataclass(frozen=True)
class ViewLosses:
    """The loss of a batch and its terms, scalars on the chains' device.

    The terms are unweighted and have no gradient. Each is a mean over the documents that have it,
    or 0 if none has.

    Args:
        total: The loss to minimise, a mean over the documents.
        nll_text: NLL of the T views.
        nll_image: NLL of the I+T views, or of the second views under `pair = "T"`.
        kl: KL between both views.
    """

    total: Tensor
    nll_text: Tensor
    nll_image: Tensor
    kl: Tensor


@registry.misc("spacy_ita.CrossViewLoss.v2")
@renamed_arguments(text="text_weight", image="image_weight")
@dataclass(frozen=True)
class CrossViewLoss:
    """The weighted sum of NLL(T), NLL(I+T) and KL(I+T || T), a mean over the documents.

    Weights of (1, 0, 0) train on the text alone, (0, 1, 0) is ITA, (1, 1, 0) is ITA-Joint, and
    (1, 0.5, 0.5) is ITA with CVA as published. A document without a picture has two equal views, so
    its T view has the weight of both.

    Args:
        text_weight: Weight of the NLL of the T view.
        image_weight: Weight of the NLL of the I+T view.
        kl_weight: Weight of the KL, which is also multiplied by temperature^2.
        kl: "token" for the KL between the tokens' marginals, "sequence" for the exact one between
            whole tag sequences.
        temperature: Temperature of both distributions in the KL.
        direction: "image_to_text" if the I+T view teaches the T view. "both" adds the opposite KL,
            so that each view learns from the other. A teacher gets no gradient.
        teacher_decay: Decay of the running mean of the weights with which the teacher reads the
            I+T view: a mean teacher (Tarvainen and Valpola, 2017). 0 for the weights themselves.
        pair: The second view of a document: "I+T", or "T" for the T view again, under its own
            dropout, which with direction "both" is R-Drop (Liang et al., 2021). A pipe that never
            learns pictures should have `view = "T"`.

    Raises:
        ValueError: For a value outside its range, weights that are all 0, or a decay without a
            teacher.
    """

    text_weight: float = 1.0
    image_weight: float = 0.5
    kl_weight: float = 0.5
    kl: Literal["token", "sequence"] = "token"
    temperature: float = 2.0
    direction: Literal["image_to_text", "both"] = "image_to_text"
    pair: Literal["I+T", "T"] = "I+T"
    teacher_decay: float = 0.0

    def __post_init__(self) -> None:
        weights = (self.text_weight, self.image_weight, self.kl_weight)
        if min(weights) < 0 or not any(weights):
            raise ValueError(f"weights must not be negative, nor all be 0: {weights}")
        if self.temperature <= 0:
            raise ValueError(f"temperature must be positive, not {self.temperature}")
        for setting in fields(self):
            known, value = get_args(setting.type), getattr(self, setting.name)
            if known and value not in known:
                raise ValueError(f"{setting.name} must be one of {', '.join(known)}, not {value!r}")
        if not 0 <= self.teacher_decay < 1:
            raise ValueError(f"teacher_decay must be in [0, 1), not {self.teacher_decay}")
        if self.teacher_decay and self.direction == "both":
            raise ValueError('teacher_decay needs one teacher: direction must be "image_to_text"')
        if self.teacher_decay and not self.kl_weight:
            raise ValueError("teacher_decay needs a KL: kl_weight must not be 0")

    @property
    def reads_text(self) -> bool:
        """Whether the loss needs the T view of a document with a picture."""
        return bool(self.text_weight or self.kl_weight)

    @property
    def reads_pair(self) -> bool:
        """Whether the loss needs the second view of a document."""
        return bool(self.image_weight or self.kl_weight)

    @property
    def reads_image(self) -> bool:
        """Whether the loss needs the I+T view of a document with a picture."""
        return self.pair == "I+T" and self.reads_pair

    def __call__(
        self,
        chain: LinearChain,
        tags: Tensor,
        text: Sequence[int],
        image: Sequence[int],
        teacher: LinearChain | None = None,
    ) -> ViewLosses:
        """Compute the loss of a batch of views, without a wait for the device.

        Args:
            chain: The views' distributions, the T views before the I+T views.
            tags: Gold tags of the views, (B, T), on the CPU; MISSING if unknown, anything in the
                padding. A batch without MISSING tags takes less time.
            text: Index of the document of each T view.
            image: Index of the document of each I+T view.
            teacher: The teacher's distributions of the I+T views for the KL, if they aren't those
                of `chain`.
        """
        nll = -chain.log_likelihood(tags)
        documents, with_image = len({*text, *image}), set(image)
        alone = self.text_weight + self.image_weight
        weights = [self.text_weight if d in with_image else alone for d in text]
        weights += [self.image_weight] * len(image)
        shares = torch.zeros(len(weights), 3)
        shares[:, 0] = torch.tensor(weights) / documents
        shares[: len(text), 1] = 1 / max(len(text), 1)
        shares[len(text) :, 2] = 1 / max(len(image), 1)
        shares = shares.to(nll.device, nll.dtype, non_blocking=True)
        total, nll_text, nll_image = nll @ shares
        row_of = {document: row for row, document in enumerate(text)}
        pairs = [
            (row, row_of[document]) for row, document in enumerate(image) if document in row_of
        ]
        kl = nll.new_zeros(())
        if pairs and self.kl_weight:
            seen_rows, bare_rows = zip(*pairs, strict=True)
            bare = chain.select(bare_rows)
            if teacher is None:
                seen = chain.select([len(text) + row for row in seen_rows])
            else:
                seen = teacher.select(seen_rows)
            divergences = self._divergence(seen, bare)
            if self.direction == "both":
                divergences = divergences + self._divergence(bare, seen)
            kl = divergences.mean()
            weight = self.kl_weight * self.temperature**2 * len(pairs) / documents
            total = total + weight * kl
        return ViewLosses(total, nll_text.detach(), nll_image.detach(), kl.detach())

    def _divergence(self, teacher: LinearChain, student: LinearChain) -> Tensor:
        if self.kl == "token":
            return token_kl(teacher, student, self.temperature)
        return sequence_kl(teacher.temper(self.temperature), student.temper(self.temperature))
