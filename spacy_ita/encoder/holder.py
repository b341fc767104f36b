"""The holder of an encoder: its weights and tokenizer, in training, in use, and on disk."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import srsly
import torch
from thinc.api import Optimizer, PyTorchGradScaler, get_torch_default_device
from torch import Tensor, nn
from transformers import AutoModel

from .files import EncoderFiles, ModuleFiles, folder_beside, next_folder
from .precision import HalfCopy, half_dtype, holds_half_weights, mixed_precision
from .shim import SharedShim


class EncoderShim(SharedShim):
    """Holds an encoder's module and its tokenizer, for several threads.

    Attributes:
        tokenizer: The fast tokenizer; None before the encoder is loaded.
        tokenizer_config: Settings of the tokenizer for `from_pretrained`.
        transformer_config: Settings of the model for `from_pretrained`.
        make: Builds the module of a configuration.
    """

    def __init__(
        self,
        tokenizer_config: Mapping[str, Any],
        transformer_config: Mapping[str, Any],
        *,
        mixed_precision: bool,
        grad_scaler_config: Mapping[str, Any],
    ) -> None:
        """Hold no encoder yet.

        Args:
            tokenizer_config: Settings of the tokenizer for `from_pretrained`.
            transformer_config: Settings of the model for `from_pretrained`.
            mixed_precision: Whether to compute in half precision where that is faster. A GPU uses
                bfloat16, or float16 with scaled gradients where it lacks bfloat16, and weights in
                float16 in use. A CPU uses bfloat16 if it multiplies such numbers itself.
            grad_scaler_config: Settings of Thinc's gradient scaler.
        """
        self._half = half_dtype(get_torch_default_device()) if mixed_precision else None
        scales = self._half is torch.float16
        scaler = PyTorchGradScaler(**{"enabled": scales, **grad_scaler_config})
        super().__init__(None, mixed_precision=scales, grad_scaler=scaler)
        self.tokenizer: Any = None
        self.tokenizer_config = dict(tokenizer_config)
        self.transformer_config = dict(transformer_config)
        self.make: Callable[[Any], nn.Module] = AutoModel.from_config
        self._half_copy = HalfCopy()
        self._mode: tuple[nn.Module, bool] | None = None

    def hold(self, module: nn.Module, tokenizer: Any) -> None:
        """Take an encoder, and move it to the default device."""
        self._half_copy.forget()
        self._mode = None
        self.tokenizer = tokenizer
        self._model = module.to(get_torch_default_device())

    def to_device(self, device_type: str, device_id: int) -> None:
        """Move the module to a device."""
        self._half_copy.forget()
        super().to_device(device_type, device_id)

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
        with torch.set_grad_enabled(module.training):
            if self._half is not None and module is self._model:
                with mixed_precision(self.device.type, self._half):
                    return module(**inputs)
            dtype = next(module.parameters()).dtype
            inputs = {
                name: values.to(dtype) if values.is_floating_point() else values
                for name, values in inputs.items()
            }
            return module(**inputs)

    def backpropagate(self, outputs: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
        """Add the gradients of what a module in training gave to those of the weights.

        Where that fails, the weights have the gradients that they had.
        """
        parameters = list(self._model.parameters())
        earlier = [(weights, weights.grad) for weights in parameters if weights.grad is not None]
        for weights, _ in earlier:
            weights.grad = None
        try:
            scaled = self._grad_scaler.scale(list(gradients))
            torch.autograd.backward(list(outputs), list(scaled))
            new = [weights.grad for weights in parameters if weights.grad is not None]
            if self._grad_scaler.unscale(new):
                torch._foreach_zero_(new)
        except (MemoryError, RuntimeError):
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

    def to_bytes(self) -> bytes:
        """Serialise the encoder. Within `encoders_beside` the bytes only name its folder."""
        message: dict[str, Any] = {
            "tokenizer_config": self.tokenizer_config,
            "transformer_config": self.transformer_config,
        }
        if self._model is not None:
            module = ModuleFiles.of(self._model)
            files = EncoderFiles(module.config, module.weights, self.tokenizer)
            if folder := next_folder():
                files.to_folder(folder)
                message["folder"] = folder.name
            else:
                message |= files.to_message()
        return bytes(srsly.msgpack_dumps(message))

    def from_bytes(self, bytes_data: bytes) -> "EncoderShim":
        """Load what `to_bytes` returned, or what version 0.2 saved."""
        message = srsly.msgpack_loads(bytes_data)
        for settings in ("tokenizer_config", "transformer_config"):
            setattr(self, settings, message.get(settings) or message.get(f"_init_{settings}", {}))
        if "folder" in message:
            files = EncoderFiles.from_folder(folder_beside())
        elif message.get("config"):
            files = EncoderFiles.from_message(message)
        else:
            return self
        self.hold(files.module(self.make), files.tokenizer)
        return self
