"""Prompts for knowledge that show the model the annotated posts nearest to a post."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import spacy
import srsly
from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from ...errors import BackendError
from ..picture import Picture
from .examples import Example, read_examples
from .schema import Background, Question, Sampling, quoted

if TYPE_CHECKING:
    from .example_search import ExampleSearch

TEMPLATE = Path(__file__).parent / "prompts" / "knowledge.jinja"
SAVED_TEMPLATE, SAVED_EXAMPLES = "template.jinja", "examples.jsonl"


@spacy.registry.misc("spacy_ita.FewShotKnowledge.v1")
class FewShotKnowledge:
    """How a language model is asked for knowledge: after the examples nearest to the post.

    The prompts are those of PGIM (Li et al., 2023, "Prompting ChatGPT in MNER"), whose examples are
    chosen by the similarity of text and picture. An example whose text is that of the post, but for
    white space and case, is never shown.

    Args:
        examples: DocBin whose documents have `image_knowledge`, or JSONL with `text`, `knowledge`,
            `image` and `entities`; "" to show none.
        encoder: Folder, or name of a model on the hub, that says which examples are near: a
            sentence encoder, or CLIP or SigLIP, which compare the pictures too.
        revision: Branch, tag or commit of the encoder.
        shots: Number of examples that a prompt shows, the nearest last.
        picture_weight: Share of the pictures in the similarity, from 0 to 1, if the encoder
            compares them.
        template: File of the prompt, a Jinja template of `text` and `examples`, which have the
            fields of a row; "" for the package's own, `prompts/knowledge.jinja`.
        paragraphs: Number of paragraphs for each post. One is the likeliest, several are sampled.
        temperature: Temperature of the sampling.
        top_p: Share of the probability that is sampled from.
        seed: Seed of the sampling.

    Raises:
        ValueError: If a setting is wrong.
    """

    def __init__(
        self,
        examples: str = "",
        encoder: str = "sentence-transformers/all-MiniLM-L6-v2",
        revision: str = "main",
        shots: int = 4,
        picture_weight: float = 0.5,
        template: str = "",
        paragraphs: int = 1,
        temperature: float = 0.8,
        top_p: float = 0.95,
        seed: int = 0,
    ) -> None:
        if min(shots, paragraphs) < 1:
            raise ValueError(f"shots and paragraphs must be at least 1, not {shots}, {paragraphs}")
        if not 0 <= picture_weight <= 1 or not 0 < top_p <= 1 or not temperature > 0:
            raise ValueError(
                f"picture_weight must be from 0 to 1, top_p above 0 and at most 1, and temperature "
                f"above 0, not {picture_weight}, {top_p} and {temperature}"
            )
        self.encoder = encoder
        self.revision = revision
        self.shots = shots
        self.picture_weight = picture_weight
        self.sampling = Sampling(paragraphs, temperature, top_p, seed) if paragraphs > 1 else None
        self._examples = Path(examples) if examples else None
        self._template = Path(template) if template else TEMPLATE

    @property
    def identity(self) -> Mapping[str, Any]:
        """Template, examples, how they are chosen, and how answers are sampled."""
        digest = hashlib.sha256(self._prompt_template.encode()).hexdigest()
        identity: dict[str, Any] = {"template": digest}
        if self._search is not None:
            identity |= self._search.identity
        if self.sampling is not None:
            identity["sampling"] = vars(self.sampling)
        return identity

    def questions(self, pictures: Sequence[Picture]) -> list[Question]:
        """Write the question about each picture and the text of its post.

        Raises:
            BackendError: If a file is missing, or can't be used.
        """
        shown: Sequence[Sequence[Example]] = [[]] * len(pictures)
        if self._search is not None:
            shown = self._search.nearest(pictures)
        return [
            Question(Background, self._prompt(picture.text, examples), self.sampling)
            for picture, examples in zip(pictures, shown, strict=True)
        ]

    def _prompt(self, text: str, examples: Sequence[Example]) -> str:
        # in a sandbox: the template may come with a third party's pipeline
        environment = ImmutableSandboxedEnvironment(
            undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        environment.filters["quoted"] = quoted
        try:
            template = environment.from_string(self._prompt_template)
            return template.render(text=text, examples=[example.row for example in examples])
        # a template may do what its values can't
        except (TemplateError, TypeError, ValueError) as error:
            raise BackendError(f"can't use the prompt {self._template}: {error}") from error

    @cached_property
    def _prompt_template(self) -> str:
        try:
            return self._template.read_text(encoding="utf8")
        except (OSError, ValueError) as error:
            raise BackendError(f"can't read the prompt {self._template}: {error}") from error

    @cached_property
    def _search(self) -> "ExampleSearch | None":
        """The search for the nearest examples, which imports torch; None without examples."""
        if self._examples is None:
            return None
        from .example_search import ExampleSearch

        found = read_examples(self._examples)
        return ExampleSearch(found, self.encoder, self.revision, self.shots, self.picture_weight)

    def to_disk(self, path: Path) -> None:
        """Write template, examples, their vectors, and the encoder."""
        (path / SAVED_TEMPLATE).write_text(self._prompt_template, encoding="utf8")
        if self._search is not None:
            srsly.write_jsonl(path / SAVED_EXAMPLES, (one.row for one in self._search.examples))
            self._search.to_disk(path)

    def from_disk(self, path: Path) -> None:
        """Use what `to_disk` wrote, from the next question on."""
        if (path / SAVED_TEMPLATE).is_file():
            self._template = path / SAVED_TEMPLATE
            vars(self).pop("_prompt_template", None)
        if (path / SAVED_EXAMPLES).is_file():
            self._examples = path / SAVED_EXAMPLES
            vars(self).pop("_search", None)
            if self._search is not None:
                self._search.from_disk(path)

    def load(self) -> None:
        """Read everything not read yet."""
        _ = self._prompt_template
        if self._search is not None:
            self._search.load()
