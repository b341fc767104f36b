"""The extensions of Doc and Span.

Values are plain strings, numbers, lists and dicts, so that they survive
`DocBin(store_user_data=True)`, `Doc.to_bytes` and `nlp.pipe(n_process=2)`.
"""

from .names import DEFAULTS, Attributes
from .registration import attributes, attributes_of, derive, register

__all__ = ["DEFAULTS", "Attributes", "attributes", "attributes_of", "derive", "register"]
