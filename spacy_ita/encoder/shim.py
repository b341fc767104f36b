"""What holds a torch module in a Thinc model, and how it is saved."""

import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import srsly
import torch
from spacy_transformers.data_classes import HFObjects
from spacy_transformers.layers.hf_shim import HFShim
from thinc.api import Optimizer, PyTorchShim, Shim, get_torch_default_device, torch2xp, xp2torch
from thinc.types import ArgsKwargs
from torch import Tensor, nn
from transformers import AutoConfig, PretrainedConfig
from transformers.modeling_utils import no_init_weights

from .precision import HalfCopy, half_dtype, holds_half_weights


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
    """Holds a module that several threads may use at once, though not train.

    Thinc's own puts the module back into training mode after each use, and with it dropout into
    what another thread is reading. Nor does it find the averages that an optimizer keeps.
    """

    def __getstate__(self) -> dict[str, bytes]:
        # as bytes: torch would send each tensor to another process by a file descriptor of its
        # own, of which `forkserver` takes 250
        return {"pickled": pickle.dumps(vars(self))}

    def __setstate__(self, state: dict[str, bytes]) -> None:
        vars(self).update(pickle.loads(state["pickled"]))

    def predict(self, inputs: ArgsKwargs) -> Any:
        """What the module gives in evaluation mode, in which it stays."""
        self._model.eval()
        with torch.no_grad():
            return self._model(*inputs.args, **inputs.kwargs)

    def finish_update(self, optimizer: Optimizer) -> None:
        """Step the weights, where they are, and drop their gradients."""
        named = cast(nn.Module, self._model).named_parameters()
        learnt = [(name, weights) for name, weights in named if weights.grad is not None]
        if not learnt:
            return
        gradients = [cast(Tensor, weights.grad) for _, weights in learnt]
        if not self._grad_scaler.found_inf:
            keys = [(self.id, name) for name, _ in learnt]
            step_parameters(optimizer, keys, [weights.data for _, weights in learnt], gradients)
        for _, weights in learnt:
            weights.grad = None
        self._grad_scaler.update()

    @contextmanager
    def use_params(self, params: Mapping[tuple[int, str], Any]) -> Iterator[None]:
        """Use other weights within the context, such as an optimizer's averages.

        params: the weights, arrays or tensors, by the shim's id and their name; those that aren't
            there stay.
        """
        module = cast(nn.Module | None, self._model)
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
    """Holds a module that is made when the model is initialised, and saves what it takes to make
    it again.

    make: the module of a configuration, with fresh weights.
    """

    def __init__(self, make: Callable[..., nn.Module]) -> None:
        super().__init__(None)
        self.make = make

    def build(self, **config: Any) -> None:
        """Make the module. config: the arguments of `make`."""
        self.hold(self.make(**config), config)

    def hold(self, module: nn.Module, config: dict[str, Any]) -> None:
        """Take a module that is made already. config: what `make` would make its like of.

        The shim gets a new id: an optimizer's state is that of another module's weights.
        """
        with Shim.global_id_lock:
            Shim.global_id += 1
            self.id = Shim.global_id
        self.cfg = config
        self._model = module.to(get_torch_default_device())

    @property
    def device(self) -> torch.device:
        """Where the module is; the CPU before it is made."""
        return torch.device("cpu") if self._model is None else super().device

    def to_bytes(self) -> bytes:
        """The configuration and the weights; neither before the module is made."""
        if self._model is None:
            return srsly.msgpack_dumps({})
        return super().to_bytes()

    def from_bytes(self, bytes_data: bytes) -> "ModuleShim":
        """Make the module as it was saved."""
        config = srsly.msgpack_loads(bytes_data).get("config")
        if config:
            self.build(**config)
            super().from_bytes(bytes_data)
        return self


class _ExactConfig:
    """The configuration as it was saved: spacy-transformers takes it through a file by srsly, which
    writes a `layer_norm_eps` of 1e-12 as 0.0."""

    def __init__(self, settings: dict[str, Any]) -> None:
        self.settings = settings

    def from_pretrained(self, path: Path) -> PretrainedConfig:
        """The configuration, in the place of the file's."""
        return AutoConfig.for_model(**self.settings)


class EncoderShim(SharedShim, HFShim):
    """spacy-transformers' holder of weights and tokenizer, for several threads, which fills a
    loaded model with random weights no more.

    mixed_precision: on a GPU bfloat16, or float16 with scaled gradients where it lacks that, and
        in use weights in float16; on a CPU bfloat16, if the processor multiplies such numbers
        itself, else it changes nothing.
    """

    def __init__(self, model: HFObjects, *, mixed_precision: bool, **settings: Any) -> None:
        self._half = half_dtype(get_torch_default_device()) if mixed_precision else None
        super().__init__(model, mixed_precision=self._half is torch.float16, **settings)
        self._half_copy = HalfCopy()
        self._mode: tuple[nn.Module, bool] | None = None

    def begin(self, is_train: bool) -> nn.Module:
        """Return the module that `read` takes, in training or evaluation mode."""
        module: nn.Module = self._model
        if is_train:
            self._half_copy.forget()
        elif self._half is not None and holds_half_weights(self.device):
            module = self._half_copy.of(module) or module
        # a walk through all of its modules
        if self._mode != (module, is_train) or module.training != is_train:
            module.train(is_train)
            self._mode = module, is_train
        return module

    def read(self, module: nn.Module, inputs: dict[str, Tensor]) -> Any:
        """Return what a module from `begin` makes of inputs."""
        autocast = self._half is not None and module is self._model
        if not autocast:
            dtype = next(module.parameters()).dtype
            inputs = {
                name: values.to(dtype) if values.is_floating_point() else values
                for name, values in inputs.items()
            }
        device = self.device.type
        with (
            torch.set_grad_enabled(module.training),
            torch.autocast(device, dtype=self._half, enabled=autocast),
        ):
            return module(**inputs)

    def backpropagate(self, vectors: Tensor, gradient: Tensor) -> None:
        """Add the gradient of vectors that a module in training gave to that of the weights.

        Where that fails, the weights have the gradients that they had.
        """
        parameters = list(self._model.parameters())
        earlier = [(weights, weights.grad) for weights in parameters if weights.grad is not None]
        for weights, _ in earlier:
            weights.grad = None
        try:
            scaled = self._grad_scaler.scale([gradient])
            torch.autograd.backward([vectors], list(scaled))
            new = [weights.grad for weights in parameters if weights.grad is not None]
            if self._grad_scaler.unscale(new):
                torch._foreach_zero_(new)
        except torch.OutOfMemoryError:
            for weights in parameters:
                weights.grad = None
            raise
        finally:
            for weights, before in earlier:
                weights.grad = before if weights.grad is None else before.add_(weights.grad)

    def finish_update(self, optimizer: Optimizer) -> None:
        """Step the weights, where they are, and drop their gradients."""
        self._half_copy.forget()
        super().finish_update(optimizer)

    @contextmanager
    def use_params(self, params: Mapping[tuple[int, str], Any]) -> Iterator[None]:
        """Use other weights within the context, such as an optimizer's averages."""
        self._half_copy.forget()
        try:
            with super().use_params(params):
                yield
        finally:
            self._half_copy.forget()

    def from_bytes(self, bytes_data: bytes) -> "EncoderShim":
        """Load what `to_bytes` gave."""
        if config := srsly.msgpack_loads(bytes_data)["config"]:
            self.config_cls = _ExactConfig(config)
        self._half_copy.forget()
        with no_init_weights():
            super().from_bytes(bytes_data)
        return self
