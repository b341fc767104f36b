"""The context encoder: a Hugging Face model that reads `words [SEP] context`."""

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from spacy.util import registry
from thinc.api import Model
from torch import Tensor
from torch.utils.checkpoint import checkpoint
from transformers import PreTrainedModel

from .batches.call_size import CallSize
from .batches.layout import Batch, Inputs, lay_out, send
from .batches.plan import Pack, plan
from .checkpoint import load_encoder
from .encoded_words import EncodedWords
from .fast_paths.last_layer import words_alone
from .fast_paths.packable_encoders import attention_mask, stack_of
from .fast_paths.per_module import once_per_module
from .fast_paths.shared_embeddings import look_up_once, takes_embeddings
from .holder import EncoderShim
from .subwords.reader import PieceReader, View
from .subwords.rows import Rows


@dataclass(frozen=True)
class Limits:
    """How much the encoder reads at once; `build_context_encoder` explains the values.

    Thinc saves only plain values with a model, so a loaded pipeline takes these from its config.

    Raises:
        ValueError: If a limit is below 1, or that of the context below 0.
    """

    max_pieces: int | None
    max_context: int | None
    max_batch_pieces: int | None

    def __post_init__(self) -> None:
        for name, limit in vars(self).items():
            least = 0 if name == "max_context" else 1
            if limit is not None and limit < least:
                raise ValueError(f"{name} must be None or at least {least}, not {limit}")


Backprop = Callable[[Tensor], list[View]]

See = Callable[[Inputs, list[str]], Inputs]
"""Adds pictures to the input of a batch, given their paths: one for each row, or none at all."""


@registry.architectures("spacy_ita.ContextEncoder.v1")
def build_context_encoder(
    name: str,
    max_pieces: int | None = None,
    max_context: int | None = None,
    max_batch_pieces: int | None = None,
    tokenizer_config: dict[str, Any] = {"use_fast": True},  # noqa: B006 - as spaCy's configs
    transformer_config: dict[str, Any] = {},  # noqa: B006
    mixed_precision: bool = False,
    grad_scaler_config: dict[str, Any] = {},  # noqa: B006
) -> Model[list[View], EncodedWords]:
    """Build a layer from views to a vector for each word.

    Args:
        name: A model's name on the Hugging Face hub, its folder, or the folder or package of a
            spaCy pipeline with a `transformer` pipe, whose encoder is taken. Only `initialize`
            reads it.
        max_pieces: The most subwords of a row; None for the encoder's own limit.
        max_context: The most subwords of a context; None for as many as fit.
        max_batch_pieces: The most subwords, padding included, that one call of the encoder takes.
            None lets the device decide: 2,048 on a CPU, and on a GPU up to 16,384, as its memory
            allows.
        tokenizer_config: Settings of the tokenizer for `from_pretrained`.
        transformer_config: Settings of the model for `from_pretrained`.
        mixed_precision: Whether to compute in half precision. A GPU uses bfloat16, or float16
            with a gradient scaler where it lacks bfloat16, and in use weights in float16. A CPU
            uses bfloat16 if it is known to multiply such numbers itself (x86 with AVX-512 BF16 or
            AMX), and else single precision.
        grad_scaler_config: Settings of Thinc's gradient scaler.

    Returns:
        A layer that takes views with at least one word each.

    Raises:
        ValueError: If a limit is out of range.
    """
    # byte-level tokenizers need a leading space before each word of split text
    tokenizer_config = {"add_prefix_space": True, **tokenizer_config}
    return Model(
        "context_encoder",
        forward,
        init=init,
        dims={"nO": None},
        attrs={
            "name": name,
            "limits": Limits(max_pieces, max_context, max_batch_pieces),
            # positions that a row keeps for its picture, where a picture takes any
            "picture_positions": 0,
        },
        shims=[
            EncoderShim(
                tokenizer_config,
                transformer_config,
                mixed_precision=mixed_precision,
                grad_scaler_config=grad_scaler_config,
            )
        ],
    )


def init(model: Model[Any, Any], X: Any = None, Y: Any = None) -> None:  # noqa: N803 - Thinc's names
    """Load the weights and the tokenizer by the model's name, unless the model holds an encoder.

    Raises:
        ValueError: For an encoder that can't read words beside a context.
    """
    shim = encoder_shim(model)
    if shim._model is None:
        shim.hold(
            *load_encoder(model.attrs["name"], shim.tokenizer_config, shim.transformer_config)
        )
    model.set_dim("nO", shim._model.config.hidden_size)


def forward(
    model: Model[list[View], EncodedWords], views: list[View], is_train: bool
) -> tuple[EncodedWords, Backprop]:
    """Encode views.

    Returns:
        The vectors of the words, and a callback that takes their gradient, (B, T, H).
    """
    return encode(model, views, is_train, lambda inputs, paths: inputs)


def encode(
    model: Model[list[View], EncodedWords], views: list[View], is_train: bool, see: See
) -> tuple[EncodedWords, Backprop]:
    """Encode views by a context encoder, with the pictures that `see` adds to its input.

    Returns:
        The vectors of the words, and a callback that takes their gradient, (B, T, H).
    """
    rows = piece_reader(model)(views)
    shim, size = encoder_shim(model), call_size(model)
    sizes = send([rows.view_sizes], shim.device)[0]
    read = partial(_read, model, rows, views, is_train, see)
    found: tuple[Tensor, Tensor] | None = size.fit(read)
    assert found is not None
    vectors, losses = found[0], found[1].detach().requires_grad_(is_train)

    def learn(gradient: Tensor) -> None:
        nonlocal found
        # where memory ran out, smaller calls compute the vectors again
        learnt = read() if found is None else found
        found = None
        gradients = [gradient] if losses.grad is None else [gradient, losses.grad]
        shim.backpropagate(learnt[: len(gradients)], gradients)

    def backprop(d_vectors: Tensor) -> list[View]:
        size.fit(partial(learn, d_vectors))
        return views

    if not len(losses):
        return EncodedWords(vectors, sizes), backprop
    return EncodedWords(vectors, sizes, auxiliary_loss=lambda tags: losses.mean()), backprop


def _read(
    model: Model[list[View], EncodedWords],
    rows: Rows,
    views: list[View],
    is_train: bool,
    see: See,
) -> tuple[Tensor, Tensor]:
    """Return the vectors of the views' words, (V, W, H), and the module's own losses, (E,)."""
    shim, size = encoder_shim(model), call_size(model)
    pictures = [views[view].context.picture for view in rows.views.tolist()]
    module = shim.begin(is_train)
    plans = list(_batches(model, rows.lengths.tolist(), pictures))
    tokenizer = shim.tokenizer
    layout = lay_out(rows, plans, tokenizer, first_position(module), shim.device)
    known = stack_of(module) is not None
    as_mask = partial(attention_mask, module) if known else None
    explicit = size.asynchronous and not any(pictures)
    inputs = [batch.inputs(as_mask, explicit) for batch in layout.batches]
    if is_train and not any(pictures) and takes_embeddings(module):
        look_up_once(module, inputs)

    def call(batch: Batch, text: Inputs) -> tuple[Tensor, Tensor]:
        # the pictures of one batch at a time
        kwargs = see(text, [pictures[i] for i in batch.members if pictures[i]])
        with words_alone(module, batch.word_positions) as of_words:
            output = shim.read(module, kwargs)
            words = of_words(output.last_hidden_state).flatten(0, 1)
        return words, getattr(output, "losses", words.new_zeros(0))

    if is_train and size.recomputes:
        call = partial(checkpoint, call, use_reentrant=False)
    calls = [call(*pair) for pair in zip(layout.batches, inputs, strict=True)]
    words, losses = (torch.cat(parts) for parts in zip(*calls, strict=True))
    found = words.index_select(0, layout.words.flatten())
    # mixed precision gives vectors in half precision, and the head takes single precision
    return found.view(*layout.words.shape, -1).float(), losses.float()


def reads_pictures(model: Model[list[View], EncodedWords]) -> bool:
    """Whether an encoder reads the pictures themselves, and not only text about them."""
    return bool(model.attrs.get("reads_pictures"))


def encoder_shim(model: Model[list[View], EncodedWords]) -> Any:
    """Return the holder of a context encoder's weights and tokenizer."""
    return model.shims[0]


def piece_reader(model: Model[list[View], EncodedWords]) -> PieceReader:
    """Return the reader for the model's tokenizer and limits. It is made once, after loading.

    Raises:
        ValueError: If the model holds no encoder yet.
    """
    tokenizer = encoder_shim(model).tokenizer
    if tokenizer is None:
        raise ValueError(
            f"the encoder {model.attrs['name']!r} is not loaded: call `nlp.initialize()`, or load "
            f"a trained pipeline"
        )
    reader = model.attrs.get("reader")
    if reader is None or reader.tokenizer is not tokenizer:
        limit = min(tokenizer.model_max_length, position_limit(encoder_shim(model)._model))
        limits: Limits = model.attrs["limits"]
        max_pieces = min(limit, limits.max_pieces or limit) - model.attrs["picture_positions"]
        reader = PieceReader(tokenizer, max_pieces, limits.max_context)
        model.attrs["reader"] = reader
    return reader


def call_size(model: Model[list[View], EncodedWords]) -> CallSize:
    """Return how much one call of the encoder takes; it shrinks where memory runs out."""
    shim, subwords = encoder_shim(model), model.attrs["limits"].max_batch_pieces
    key = shim.device, subwords
    if model.attrs.get("call_size", (None,))[0] != key:
        width = shim._model.config.hidden_size
        model.attrs["call_size"] = key, CallSize.on(shim.device, width, subwords)
    found: CallSize = model.attrs["call_size"][1]
    return found


def position_limit(encoder: PreTrainedModel) -> int:
    """Return how many subwords the encoder has positions for."""
    # XLNet, whose positions are relative, says -1
    limit = getattr(encoder.config, "max_position_embeddings", -1)
    return limit - first_position(encoder) if limit > 0 else sys.maxsize


@once_per_module
def first_position(encoder: PreTrainedModel) -> int:
    """Return an encoder's first position: RoBERTa and its relatives start after the padding's."""
    for name, module in encoder.named_modules():
        if name.endswith("position_embeddings"):
            padding = getattr(module, "padding_idx", None)
            return 0 if padding is None else padding + 1
    return 0


def _batches(
    model: Model[Any, Any], lengths: Sequence[int], paths: Sequence[str]
) -> Iterator[list[Pack]]:
    """Yield the rows of each call, with those that have a picture apart from the others."""
    packing = stack_of(encoder_shim(model)._model) is not None
    size = call_size(model)
    for seen in (False, True):
        members = [i for i, path in enumerate(paths) if bool(path) == seen]
        taken = seen * model.attrs["picture_positions"]
        # a picture's positions follow the one row of their line
        for batch in plan([lengths[i] + taken for i in members], size, packing and not seen):
            yield [[members[i] for i in pack] for pack in batch]
