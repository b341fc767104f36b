"""A vision-language model of Hugging Face that answers questions about pictures."""

import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple

import srsly
import torch
from PIL import Image
from transformers import AutoModelForImageTextToText, AutoProcessor, BatchFeature

from ...errors import BackendError
from ..hub.fingerprints import FINGERPRINT
from ..hub.half_precision import half_dtype
from ..hub.model import HFBackend
from ..out_of_memory import out_of_memory
from .answer_store import AnswerStore
from .json_grammar import compile_grammar, processor_of
from .schema import Form, Sampling

DType = Literal["auto", "float32", "bfloat16", "float16"]

GREEDY = {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}
NEUTRAL = {"num_beams": 1, "repetition_penalty": 1.0, "no_repeat_ngram_size": 0}
"""Settings that checkpoints come with, and that don't go with JSON: it repeats its marks."""


class Written(NamedTuple):
    """What a model wrote, and whether it was cut at the limit of tokens."""

    text: str
    cut: bool


@dataclass(frozen=True)
class Request:
    """How prompts are answered.

    Attributes:
        form: Form that the answers are constrained to; None for free text.
        sampling: How answers are sampled; None for the likeliest one.
        max_new_tokens: Limit of an answer, in subwords.
        batch_size: Maximum number of pictures read at once.
    """

    form: type[Form] | None
    sampling: Sampling | None
    max_new_tokens: int
    batch_size: int


class ChatModel(HFBackend):
    """A vision-language model with a chat template, with the answers that it has given.

    Args:
        name: Folder, or name of a model on the hub.
        revision: Branch, tag or commit of a model on the hub.
        dtype: Type of the weights in use; "auto" is single precision on a CPU, and on a GPU
            bfloat16, or float16 where the GPU lacks it.
    """

    def __init__(self, name: str, revision: str, dtype: DType) -> None:
        super().__init__(name, revision, AutoModelForImageTextToText)
        self.dtype = dtype
        self.processor: Any = None
        self.answers = AnswerStore()
        self._grammars: dict[type[Form], Any] = {}
        self._fits = sys.maxsize

    def __getstate__(self) -> dict[str, Any]:
        # compiled for this process
        return {**super().__getstate__(), "_grammars": {}}

    def read(self) -> None:
        """Load the processor and the model.

        Raises:
            BackendError: If there is too little memory, or no chat template.
            ValueError: If the checkpoint lacks weights of the model.
        """
        self.processor = AutoProcessor.from_pretrained(self._source, revision=self.revision)
        tokenizer = getattr(self.processor, "tokenizer", None)
        if tokenizer is None or not (self.processor.chat_template or tokenizer.chat_template):
            raise BackendError("it has no chat template: take a model that was trained to chat")
        # a row ends where its answer begins
        tokenizer.padding_side = "left"
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        self.model = self.read_model(_dtype(self.dtype))

    @property
    def ready(self) -> bool:
        """Whether the model is loaded."""
        return self._ready

    def to_disk(self, path: Path) -> None:
        """Save the model into the folder `path`, or the name of a folder beside it that has it."""
        saved = {"fingerprint": self.fingerprint, "dtype": self.dtype}
        for beside in path.parent.glob(f"*/{FINGERPRINT}"):
            if beside.parent != path and srsly.read_json(beside) == saved:
                srsly.write_json(path / FINGERPRINT, {**saved, "folder": beside.parent.name})
                return
        super().to_disk(path)
        if self._ready:
            srsly.write_json(path / FINGERPRINT, saved)

    def from_disk(self, path: Path) -> None:
        """Load the model at its next use from where `to_disk` wrote it."""
        super().from_disk(path)
        if (path / FINGERPRINT).is_file():
            folder = srsly.read_json(path / FINGERPRINT).get("folder", path.name)
            self._source = str(path.parent / folder)

    def save(self, path: Path) -> None:
        """Write the model and its processor."""
        self.model.save_pretrained(path)
        self.processor.save_pretrained(path)

    def write(
        self, images: Sequence[Image.Image], prompts: Sequence[str], request: Request
    ) -> Iterator[list[Written]]:
        """Answer prompts about pictures, in batches that are halved if memory runs out.

        Args:
            images: The picture of each prompt.
            prompts: The prompts.
            request: How they are answered.

        Yields:
            The answers to each prompt, in order.

        Raises:
            RuntimeError: If the memory is too small for one picture.
        """
        start = 0
        while start < len(prompts):
            # sampled alone, so that answers don't depend on the neighbours
            size = 1 if request.sampling else min(request.batch_size, self._fits)
            end = min(start + size, len(prompts))
            try:
                done = self._generate(images[start:end], prompts[start:end], request)
            except (MemoryError, RuntimeError) as error:
                if not out_of_memory(error):
                    raise
                done = []
            # not in the `except`, whose traceback keeps the activations alive
            if not done:
                self._halve(end - start)
                continue
            count = len(done) // (end - start)
            yield from (done[at : at + count] for at in range(0, len(done), count))
            start = end

    def _halve(self, size: int) -> None:
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
        if size == 1:
            message = "too little memory for one picture: lower max_side or max_new_tokens"
            raise RuntimeError(message)
        self._fits = size // 2
        warnings.warn(
            f"{size} pictures at once don't fit into memory: from now on {self._source} reads "
            f"{self._fits}, as `batch_size = {self._fits}` says",
            stacklevel=2,
        )

    @torch.inference_mode()
    def _generate(
        self, images: Sequence[Image.Image], prompts: Sequence[str], request: Request
    ) -> list[Written]:
        inputs = self._inputs(images, prompts)
        length = inputs["input_ids"].shape[1]
        grammar = None if request.form is None else self._grammar(request.form)
        with _seeded(request.sampling):
            tokens = self.model.generate(
                **inputs,
                **NEUTRAL,
                **(GREEDY if request.sampling is None else _search(request.sampling)),
                max_new_tokens=request.max_new_tokens,
                pad_token_id=self.processor.tokenizer.pad_token_id,
                logits_processor=None if grammar is None else [processor_of(grammar)],
            )[:, length:]
        ends = torch.tensor(sorted(self._ends), device=tokens.device)
        ended = torch.isin(tokens, ends).any(1).tolist()
        texts = self.processor.tokenizer.batch_decode(tokens, skip_special_tokens=True)
        return [Written(text, not end) for text, end in zip(texts, ended, strict=True)]

    def _inputs(self, images: Sequence[Image.Image], prompts: Sequence[str]) -> BatchFeature:
        texts = [self._chat(prompt) for prompt in prompts]
        start = self.processor.tokenizer.bos_token
        batch = self.processor(
            text=texts,
            images=[[image] for image in images],
            padding=True,
            return_tensors="pt",
            # templates write it already
            add_special_tokens=not (start and texts[0].startswith(start)),
        )
        return batch.to(self.model.device, self.model.dtype)

    def _chat(self, prompt: str) -> str:
        """Write a prompt and its picture as a chat. No word of a post becomes a control token."""
        for mark in self.processor.tokenizer.get_added_vocab():
            if mark in prompt:
                prompt = prompt.replace(mark, f"{mark[0]} {mark[1:]}")
        content = [{"type": "image"}, {"type": "text", "text": prompt}]
        chat = [{"role": "user", "content": content}]
        return str(self.processor.apply_chat_template(chat, add_generation_prompt=True))

    @property
    def _ends(self) -> set[int]:
        """The ids of the tokens that end an answer."""
        ends = self.model.generation_config.eos_token_id
        if ends is None:
            ends = self.processor.tokenizer.eos_token_id
        return set(ends) if isinstance(ends, list) else {ends}

    def _grammar(self, form: type[Form]) -> Any:
        """Compile the grammar of a form at its first use; None if the tokenizer has none."""
        if form not in self._grammars:
            try:
                size = self.model.config.get_text_config().vocab_size
                compiled = compile_grammar(form, self.processor.tokenizer, size, self._ends)
            # kinds of tokenizers that it doesn't know
            except (RuntimeError, ValueError) as error:
                warnings.warn(
                    f"xgrammar can't constrain the answers of {self._source} ({error}): they are "
                    f"repaired instead",
                    stacklevel=2,
                )
                compiled = None
            self._grammars[form] = compiled
        return self._grammars[form]


@contextmanager
def _seeded(sampling: Sampling | None) -> Iterator[None]:
    """Seed the generators, and restore them afterwards."""
    if sampling is None:
        yield
        return
    with torch.random.fork_rng():
        torch.manual_seed(sampling.seed)
        yield


def _search(sampling: Sampling) -> dict[str, Any]:
    return {
        "do_sample": True,
        "temperature": sampling.temperature,
        "top_p": sampling.top_p,
        "top_k": 0,
        "num_return_sequences": sampling.answers,
    }


def _dtype(name: DType) -> torch.dtype:
    if name != "auto":
        found: torch.dtype = getattr(torch, name)
        return found
    return half_dtype() or torch.float32
