"""Names that differ between transformers 4 and 5."""

from typing import Any

from transformers import __version__ as transformers_version

IS_VERSION_4 = transformers_version.startswith("4.")
DTYPE = "torch_dtype" if IS_VERSION_4 else "dtype"


def processor_backend(torchvision: bool) -> dict[str, Any]:
    """Return the argument that chooses torchvision or Pillow for an image processor."""
    if IS_VERSION_4:
        return {"use_fast": torchvision}
    return {"backend": "torchvision" if torchvision else "pil"}
