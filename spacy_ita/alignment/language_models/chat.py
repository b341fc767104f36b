"""Objects, captions, OCR text and knowledge from a vision-language model in this process."""

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args
from weakref import WeakValueDictionary

import spacy
from PIL import Image

from ...extensions.alignments import Alignment
from ..picture import Picture
from .answer_store import Failure, Kept, given
from .few_shot import FewShotKnowledge
from .json_grammar import available
from .schema import (
    PARTS,
    VERSION,
    Form,
    NoAnswerError,
    Post,
    Question,
    part_of,
    question,
    read_answer,
)

if TYPE_CHECKING:
    from .chat_model import ChatModel, Written

DTypeName = Literal["auto", "float32", "bfloat16", "float16"]
DTYPES = get_args(DTypeName)
SAVED_KNOWLEDGE = "knowledge"

_SHARED: "WeakValueDictionary[tuple[str, str, int], ChatModel]" = WeakValueDictionary()


@spacy.registry.misc("spacy_ita.HFChat.v1")
class HFChat:
    """A vision-language model with a chat template, such as Qwen2.5-VL, SmolVLM, LLaVA or Gemma 3.

    The pipes of a pipeline share the model, and its answers if their other settings are equal. A
    picture whose answer doesn't fit the schema, and can't be repaired, fails alone.

    Args:
        name: Folder, or name of a model on the hub, for `AutoModelForImageTextToText`.
        part: Kind of alignment that this backend returns.
        revision: Branch, tag or commit of a model on the hub.
        one_request: Ask for all four parts at once, with the text of the post. Otherwise objects,
            captions and OCR text share a request, which doesn't read the text, so that posts with
            the same picture share it too; knowledge takes a request of its own.
        knowledge: How to ask for knowledge: `spacy_ita.FewShotKnowledge.v1`. It takes a request of
            its own, and only the part "knowledge" takes it.
        constrained: Let the model write nothing but JSON of the schema, if xgrammar is installed.
            Otherwise its answers are repaired.
        max_side: Maximum side of a picture, in pixels; larger ones are shrunk.
        max_new_tokens: Limit of an answer, in subwords. An answer that is cut there gives what it
            has, with a warning.
        batch_size: Maximum number of pictures read at once; halved if memory runs out.
        dtype: Type of the weights in use; "auto" is float32 on a CPU, and on a GPU bfloat16, or
            float16 where the GPU lacks it.

    Raises:
        ValueError: If a setting is wrong.
    """

    def __init__(
        self,
        name: str,
        part: Literal["objects", "captions", "ocr", "knowledge"],
        revision: str = "main",
        one_request: bool = True,
        knowledge: FewShotKnowledge | None = None,
        constrained: bool = True,
        max_side: int = 1024,
        max_new_tokens: int = 1024,
        batch_size: int = 8,
        dtype: DTypeName = "auto",
    ) -> None:
        if part not in PARTS:
            raise ValueError(f"part must be one of {', '.join(PARTS)}, not {part!r}")
        if knowledge is not None and part != "knowledge":
            raise ValueError(f"only the part 'knowledge' takes a `knowledge`, not {part!r}")
        if dtype not in DTYPES:
            raise ValueError(f"dtype must be one of {', '.join(DTYPES)}, not {dtype!r}")
        if min(max_side, max_new_tokens, batch_size) < 1:
            raise ValueError(
                f"max_side, max_new_tokens and batch_size must be at least 1, "
                f"not {max_side}, {max_new_tokens} and {batch_size}"
            )
        self.name = name
        self.part = part
        self.revision = revision
        self.one_request = one_request
        self.knowledge = knowledge
        self.constrained = constrained
        self.max_side = self.least_side = max_side
        self.max_new_tokens = max_new_tokens
        self.batch_size = batch_size
        self.dtype: DTypeName = dtype
        self.form: type[Form] = Post if one_request and knowledge is None else PARTS[part][0]
        self.reads_text = "knowledge" in self.form.model_fields
        self._model: ChatModel | None = None

    @property
    def identity(self) -> Mapping[str, Any]:
        """Weights, prompt and every setting that changes an answer."""
        return {
            "backend": "spacy_ita.HFChat.v1",
            **self.model.weights,
            "part": self.part,
            "form": self.form.__name__,
            "prompt": VERSION if self.knowledge is None else self.knowledge.identity,
            "constrained": self.constrained and available(),
            "max_side": self.max_side,
            "max_new_tokens": self.max_new_tokens,
            "dtype": self.dtype,
        }

    @property
    def model(self) -> "ChatModel":
        """The model, which all backends of this process share that have the same weights."""
        if self._model is None:
            from .chat_model import ChatModel

            self._model = ChatModel(self.name, self.revision, self.dtype)
        key = (self._model.fingerprint, self.dtype, os.getpid())
        shared = _SHARED.get(key)
        # only one that is loaded: the folder of another may be gone
        if shared is not None and shared.ready:
            self._model = shared
        else:
            _SHARED[key] = self._model
        return self._model

    def __call__(self, pictures: Sequence[Picture]) -> list[Alignment]:
        """Ask for the part of each picture.

        Raises:
            NoAnswerError: If a picture got no usable answer.
            BackendError: If the model can't be loaded.
        """
        self.model.load()
        if self.knowledge is None:
            asked = [question(self.form, picture.text) for picture in pictures]
        else:
            asked = self.knowledge.questions(pictures)
        keys = [
            (picture.sha256, one, self.constrained, self.max_side, self.max_new_tokens)
            for picture, one in zip(pictures, asked, strict=True)
        ]
        store = self.model.answers
        found = {key: answer for key in keys if (answer := store.look_up(key))}
        wanted = {
            key: picture for key, picture in zip(keys, pictures, strict=True) if key not in found
        }
        answers = self._ask([key[1] for key in wanted], list(wanted.values()))
        found |= {key: store.keep(key, answer) for key, answer in zip(wanted, answers, strict=True)}
        return [part_of(self.part, given(found[key])) for key in keys]

    def _ask(self, questions: Sequence[Question], pictures: Sequence[Picture]) -> list[Kept]:
        if not questions:
            return []
        from .chat_model import Request

        request = Request(
            self.form if self.constrained and available() else None,
            questions[0].sampling,
            self.max_new_tokens,
            self.batch_size,
        )
        images = [self._small(picture.image) for picture in pictures]
        written = self.model.write(images, [one.prompt for one in questions], request)
        return [
            self._read(texts, picture) for texts, picture in zip(written, pictures, strict=True)
        ]

    def _read(self, written: "Sequence[Written]", picture: Picture) -> Kept:
        if any(answer.cut for answer in written):
            warnings.warn(
                f"the answer about {picture.path} was cut after {self.max_new_tokens} subwords, so "
                f"its end is missing: raise `max_new_tokens`, or take another model if it repeats "
                f"itself",
                stacklevel=2,
            )
        try:
            return [read_answer(answer.text, self.form, answer.cut) for answer in written]
        except NoAnswerError as error:
            return Failure.of(error)

    def _small(self, image: Image.Image) -> Image.Image:
        if max(image.size) <= self.max_side:
            return image
        small = image.copy()
        small.thumbnail((self.max_side, self.max_side))
        return small

    def to_disk(self, path: Path) -> None:
        """Save the model, unless a pipe of the same pipeline has saved it, and the knowledge."""
        self.model.to_disk(path)
        if self.knowledge is not None:
            (path / SAVED_KNOWLEDGE).mkdir(exist_ok=True)
            self.knowledge.to_disk(path / SAVED_KNOWLEDGE)

    def from_disk(self, path: Path) -> None:
        """Load what `to_disk` wrote at the next use."""
        from .chat_model import ChatModel

        # this one may be shared with another pipeline
        self._model = ChatModel(self.name, self.revision, self.dtype)
        self._model.from_disk(path)
        if self.knowledge is not None:
            self.knowledge.from_disk(path / SAVED_KNOWLEDGE)

    def load(self) -> None:
        """Read everything not read yet."""
        self.model.load()
        if self.knowledge is not None:
            self.knowledge.load()
