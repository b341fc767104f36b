"""A counter of the operators that torch runs, on whatever device."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

READS = {"_local_scalar_dense", "nonzero", "is_nonzero", "equal", "masked_select"}
"""Operators that copy a number to the host, which waits for the device."""

VIEWS = {
    *("view", "t", "transpose", "detach", "expand", "unsqueeze", "squeeze", "slice", "select"),
    *("split", "split_with_sizes", "unbind", "permute", "alias", "_unsafe_view", "as_strided"),
    *("reshape", "_reshape_alias", "lift_fresh"),
}
"""Operators that launch nothing: they look at the same memory in another way."""


class OperatorCount(TorchDispatchMode):
    """A context that counts the operators within it; a kernel of our own counts as one.

    Args:
        counts: Whether an operator of a name is counted. By default, all are.
    """

    def __init__(self, counts: Callable[[str], bool] = lambda name: True) -> None:
        super().__init__()
        self.operators: Counter[str] = Counter()
        self._counts = counts

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func._schema.name.partition("::")[2]
        self.operators[name] += self._counts(name) * _loops(name, args)
        return func(*args, **(kwargs or {}))

    @property
    def launches(self) -> int:
        """How many operators launch work on a device."""
        return sum(n for name, n in self.operators.items() if name not in VIEWS)

    @property
    def reads(self) -> int:
        """How many operators make the host wait for the device."""
        return sum(n for name, n in self.operators.items() if name in READS)


def _loops(name: str, args: Any) -> int:
    """How many launches an operator over lists of tensors takes on a GPU.

    It is one for each tensor if the second list has tensors of other shapes.
    """
    if not name.startswith("_foreach") or len(args) < 2 or not isinstance(args[1], list | tuple):
        return 1
    same = all(
        not isinstance(other, Tensor) or other.shape == tensor.shape
        for tensor, other in zip(args[0], args[1], strict=True)
    )
    return 1 if same else len(args[0])
