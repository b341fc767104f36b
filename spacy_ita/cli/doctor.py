"""`spacy ita doctor`: what is installed, what is missing, and the command that installs it."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version

import torch
from packaging.requirements import Requirement
from spacy.util import get_installed_models
from wasabi import msg

PACKAGE = "spacy_ita"
HUB_TIMEOUT = 5.0
"""Seconds to wait for the hub."""


@dataclass(frozen=True)
class Finding:
    """found: what is there; "" for nothing. mend: the command that installs what is missing.
    required: whether nothing works without it."""

    what: str
    found: str
    mend: str = ""
    required: bool = False


def doctor() -> None:
    """Check what the pipes need: packages, OCR engines, GPU, model hub and pipelines.

    Each line says what is there, or the command that installs it. Exits with 0 if all that is
    required is there, else with 1.
    """
    broken = False
    for title, findings in (
        ("Packages", packages()),
        ("OCR engines", engines()),
        ("Models and devices", surroundings()),
    ):
        msg.divider(title)
        for finding in findings:
            show(finding)
            broken |= finding.required and not finding.found
    if broken:
        msg.fail("Something that is required is missing: run the commands above", exits=1)
    msg.good("All that is required is there")


def show(finding: Finding) -> None:
    """A line: good, missing, or missing and required."""
    if finding.found:
        msg.good(f"{finding.what}: {finding.found}")
    elif finding.required:
        msg.fail(f"{finding.what}: {finding.mend}")
    else:
        msg.warn(f"{finding.what}: {finding.mend}")


def packages() -> Iterator[Finding]:
    """Each dependency's version, if it is one that fits; those of extras aren't required."""
    needed: dict[str, Requirement] = {}
    for requirement in map(Requirement, requires(PACKAGE) or []):
        if not (requirement.marker and requirement.marker.evaluate({"extra": "dev"})):
            # once, also what several extras need
            needed.setdefault(requirement.name, requirement)
    for requirement in needed.values():
        name, wanted = requirement.name, f"{requirement.name}{requirement.specifier}"
        mend = f"missing: pip install '{wanted}'"
        found = ""
        try:
            found = version(name)
            if not requirement.specifier.contains(found, prereleases=True):
                mend = f"{found} doesn't fit: pip install '{wanted}'"
                found = ""
        except PackageNotFoundError:
            pass
        yield Finding(name, found, mend, required=requirement.marker is None)


def engines() -> Iterator[Finding]:
    """Tesseract with its languages; the engines that pip installs are packages."""
    import pytesseract

    from ..alignment.backends.base import BackendError
    from ..alignment.backends.ocr.tesseract import Tesseract

    try:
        tesseract = Tesseract().identity["version"]
        languages = ", ".join(pytesseract.get_languages())
        yield Finding("Tesseract", f"{tesseract}, languages {languages}")
    except BackendError as error:
        yield Finding("Tesseract", "", str(error))


def surroundings() -> Iterator[Finding]:
    """The GPU, the model hub and its cache, and the pipelines that use this package."""
    from huggingface_hub import scan_cache_dir
    from huggingface_hub.constants import HF_HUB_CACHE
    from huggingface_hub.errors import CacheNotFound

    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else ""
    yield Finding("GPU", gpu, "none that torch can use; the pipes run on the CPU")
    yield hub()
    try:
        repos = sorted(repo.repo_id for repo in scan_cache_dir().repos)
    except CacheNotFound:
        repos = []
    yield Finding(f"Hub cache {HF_HUB_CACHE}", ", ".join(repos), "empty")
    ours = [name for name in get_installed_models() if uses_us(name)]
    yield Finding(
        "Pipelines",
        ", ".join(f"{name} {version(name)}" for name in ours),
        "none installed that use spacy_ita: `make demo` makes one, `spacy package` yours",
    )


def hub() -> Finding:
    """Whether models can be fetched."""
    from huggingface_hub.constants import ENDPOINT, HF_HUB_OFFLINE
    from huggingface_hub.utils import get_session

    if HF_HUB_OFFLINE:
        return Finding("Model hub", "", "offline by HF_HUB_OFFLINE: only cached models and folders")
    try:
        get_session().head(ENDPOINT, timeout=HUB_TIMEOUT)
    # the session's library differs between versions, and so do its exceptions
    except Exception as error:
        cause = f"{ENDPOINT} isn't reachable ({type(error).__name__}): use cached models or folders"
        return Finding("Model hub", "", cause)
    return Finding("Model hub", f"{ENDPOINT} answers")


def uses_us(package: str) -> bool:
    """Whether an installed pipeline requires this package."""
    names = (Requirement(line).name for line in requires(package) or [])
    return PACKAGE in {name.replace("-", "_") for name in names}
