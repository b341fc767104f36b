"""Holders of torch modules in Thinc models: training, use by threads, saving."""

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import srsly
import torch
from thinc.api import Optimizer, PyTorchShim, Shim, get_torch_default_device, torch2xp, xp2torch
from thinc.types import ArgsKwargs
from torch import Tensor, nn


def step_parameters(
    optimizer: Any,
    keys: Sequence[tuple[int, str]],
    weights: Sequence[Tensor],
    gradients: Sequence[Tensor],
    **settings: Any,
) -> None:
    """Step parameters in place: all at once where the optimizer has a `step_many`.

    Args:
        optimizer: `spacy_ita.AdamW.v1`, or any other of Thinc's optimizers.
        keys: What the optimizer knows each parameter by.
        weights: The parameters' values.
        gradients: One for each parameter; its values are lost.
        settings: Further arguments of the optimizer, such as `lr_scale`.
    """
    if hasattr(optimizer, "step_many"):
        optimizer.step_many(keys, weights, gradients, **settings)
        return
    # Thinc would wrap the weights in a new array at every step and never free it
    for key, values, gradient in zip(keys, weights, gradients, strict=True):
        array: Any = torch2xp(values)
        stepped, _ = optimizer(key, array, torch2xp(gradient), **settings)
        if stepped is not array:
            values.copy_(xp2torch(stepped, device=values.device))


class SharedShim(PyTorchShim):
    """Holds a module that several threads may use, but not train, at once.

    Thinc's own shim puts the module back into training mode after each use, which adds dropout to
    what another thread computes. It doesn't find the averages that an optimizer keeps either.
    """

    def __getstate__(self) -> dict[str, bytes]:
        # as bytes: torch would send each tensor to another process by its own file descriptor,
        # and `forkserver` takes 250
        return {"pickled": pickle.dumps(vars(self))}

    def __setstate__(self, state: dict[str, bytes]) -> None:
        vars(self).update(pickle.loads(state["pickled"]))

    def predict(self, inputs: ArgsKwargs) -> Any:
        """Return the module's output in evaluation mode, and leave the module in that mode."""
        self._model.eval()
        with torch.no_grad():
            return self._model(*inputs.args, **inputs.kwargs)

    def finish_update(self, optimizer: Optimizer) -> None:
        """Step the weights in place, and drop their gradients."""
        named = cast("nn.Module", self._model).named_parameters()
        learnt = [(name, weights) for name, weights in named if weights.grad is not None]
        if not learnt:
            return
        gradients = [cast("Tensor", weights.grad) for _, weights in learnt]
        if not self._grad_scaler.found_inf:
            keys = [(self.id, name) for name, _ in learnt]
            step_parameters(optimizer, keys, [weights.data for _, weights in learnt], gradients)
        for _, weights in learnt:
            weights.grad = None
        self._grad_scaler.update()

    @contextmanager
    def use_params(self, params: Mapping[tuple[int, str], Any]) -> Iterator[None]:
        """Use other weights within the context, such as an optimizer's averages.

        Args:
            params: Arrays or tensors by the shim's id and the weight's name. Weights that aren't
                there stay.
        """
        module = cast("nn.Module | None", self._model)
        named = dict(module.named_parameters()) if module else {}
        own = {name: weights.data for name, weights in named.items() if (self.id, name) in params}
        for name in own:
            values = params[self.id, name]
            if not isinstance(values, Tensor):
                values = xp2torch(values, device=named[name].device)
            named[name].data = values
        try:
            yield
        finally:
            for name, weights in own.items():
                named[name].data = weights


class ModuleShim(SharedShim):
    """Holds a module that `initialize` builds, and saves its configuration with its weights."""

    def __init__(self, make: Callable[..., nn.Module]) -> None:
        """Hold no module yet.

        Args:
            make: Builds the module of a configuration, with fresh weights.
        """
        super().__init__(None)
        self.make = make

    def build(self, **config: Any) -> None:
        """Build the module.

        Args:
            config: The arguments of `make`.
        """
        self.hold(self.make(**config), config)

    def hold(self, module: nn.Module, config: dict[str, Any]) -> None:
        """Take a module that exists, under a new id: an optimizer's state is of other weights.

        Args:
            module: The module.
            config: The arguments of `make` for such a module.
        """
        with Shim.global_id_lock:
            Shim.global_id += 1
            self.id = Shim.global_id
        self.cfg = config
        self._model = module.to(get_torch_default_device())

    @property
    def device(self) -> torch.device:
        """Device of the module; the CPU before it is built."""
        return torch.device("cpu") if self._model is None else super().device

    def to_bytes(self) -> bytes:
        """Serialise the configuration and the weights, if there is a module."""
        if self._model is None:
            return srsly.msgpack_dumps({})
        return super().to_bytes()

    def from_bytes(self, bytes_data: bytes) -> "ModuleShim":
        """Build the module that was saved."""
        config = srsly.msgpack_loads(bytes_data).get("config")
        if config:
            self.build(**config)
            super().from_bytes(bytes_data)
        return self
