"""Grammars by which xgrammar lets a model write nothing but JSON of a form."""

from collections.abc import Iterable
from importlib.util import find_spec
from typing import Any

from .schema import Form

ITEMS = 40
"""Maximum number of items of a list, which a model might go on with until the last token."""


def available() -> bool:
    """Return whether xgrammar is installed."""
    return find_spec("xgrammar") is not None


def compile_grammar(form: type[Form], tokenizer: Any, vocab_size: int, ends: Iterable[int]) -> Any:
    """Compile the grammar of a form for a tokenizer.

    Args:
        form: The form of the answers.
        tokenizer: The tokenizer of the model.
        vocab_size: Number of the model's logits.
        ends: Ids of the tokens that end an answer.

    Raises:
        ValueError: If xgrammar can't use the tokenizer.
    """
    import xgrammar

    info = xgrammar.TokenizerInfo.from_huggingface(
        tokenizer, vocab_size=vocab_size, stop_token_ids=sorted(ends)
    )
    # with any white space, a model might write nothing else
    compiler = xgrammar.GrammarCompiler(info)
    return compiler.compile_json_schema(bounded_schema(form), any_whitespace=False)


def processor_of(grammar: Any) -> Any:
    """Make the logits processor for one call of `generate`."""
    from xgrammar.contrib.hf import LogitsProcessor

    return LogitsProcessor(grammar)


def bounded_schema(form: type[Form]) -> dict[str, Any]:
    """Return the schema of a form with limits to its lists.

    Strings have none: xgrammar allows no escaped character in a string of limited length.
    """
    schema = form.model_json_schema()
    for field in schema["properties"].values():
        if field["type"] == "array":
            field["maxItems"] = ITEMS
    return schema
