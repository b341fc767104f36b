"""Old names of arguments and values: they keep working, with a deprecation warning."""

import warnings
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

Class = TypeVar("Class", bound=type)


def warn_of_rename(old: str, new: str, stacklevel: int = 2) -> None:
    """Warn that a name is deprecated, and say which one to use.

    Args:
        old: The name that was used.
        new: The name to use.
        stacklevel: Number of callers up to the code to blame; 1 is the caller of this function.
    """
    message = f"{old} is deprecated: use {new}"
    warnings.warn(message, DeprecationWarning, stacklevel=stacklevel + 1)


def renamed_arguments(**renamed: str) -> Callable[[Class], Class]:
    """Make a decorator that lets a class take keyword arguments by their old names too.

    Args:
        renamed: From an old name to the new one.
    """

    def decorate(cls: Class) -> Class:
        init = cls.__init__  # type: ignore[misc]  # the class's own: no instance is at hand

        @wraps(init)
        def with_old_names(self: Any, *args: Any, **kwargs: Any) -> None:
            for old in renamed.keys() & kwargs:
                new = renamed[old]
                if new in kwargs:
                    raise TypeError(
                        f"{cls.__name__}: {old} is the old name of {new}: give only one"
                    )
                warn_of_rename(f"{cls.__name__}({old}=…)", f"{new}=…", stacklevel=2)
                kwargs[new] = kwargs.pop(old)
            init(self, *args, **kwargs)

        cls.__init__ = with_old_names  # type: ignore[misc]
        return cls

    return decorate
