"""The data sets, and where they come from."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import spacy
from filelock import FileLock
from spacy.tokens import Doc
from spacy.util import Config

from spacy_ita.cli import align
from spacy_ita.cli.shared.files import read_docs, write_docs
from spacy_ita.recipes.published import PUBLISHED

from .changes import CHANGES

SPLITS = ("train", "dev", "test")
FINAL = "final"
LAST, BEST = "model-last", "model-best"
CORPUS = Path("corpus/experiments")
HELD_OUT = 8
"""Every eighth tweet of a training split is held out where settings are chosen."""

Engine = tuple[str, dict[str, Any]]
"""An alignment pipe and its backend."""

HUB = PUBLISHED["align_hub"].base.interpolate()

RELEVANT = 0.25
"""The least cosine of a caption with the tweet: half of the pictures of Twitter-17's train have
one. Vectors of MiniLM."""


def by_relevance(captioner: Mapping[str, Any]) -> dict[str, Engine]:
    """Make captioners whose captions are sorted by relevance to the text, all of them or some."""
    backend = {
        "@misc": "spacy_ita.RelevantCaptions.v1",
        "name": "training/minilm",
        "captioner": dict(captioner),
    }
    return {
        "sorted": ("image_captions", backend),
        "relevant": ("image_captions", {**backend, "min_score": RELEVANT}),
    }


ENGINES: dict[str, Engine] = {
    "LA_BU": (
        "image_objects",
        # the main revision needs timm
        {
            "@misc": "spacy_ita.HFDetector.v2",
            "name": "facebook/detr-resnet-50",
            "revision": "no_timm",
        },
    ),
    "GA_BU": (
        "image_captions",
        {"@misc": "spacy_ita.HFCaptioner.v2", "name": "microsoft/git-base-coco"},
    ),
    "OCA_Paddle": ("image_ocr", {"@misc": "spacy_ita.RapidOCR.v1"}),
    **by_relevance(HUB["components"]["image_captions"]["backend"]),
}


@dataclass(frozen=True)
class Dataset:
    """A data set with the splits train, dev and test; each corpus has files of its own.

    Args:
        name: Name of the data set.
        source: Folder that it is made from.
        make: Writes the aligned splits from the source into a folder.
        config: Name in `PUBLISHED` of the config for MiniLM.
        split: Name of the measured split in the source.
        model: BEST, chosen by the dev split, or LAST where nothing is held out.
        needs: Files of the source that must exist.
        parts: Parts that its documents hold.
        vision: Model that computes its pictures' features.
        engines: Engines that replace those of `ENGINES`.
        redistributable: Whether its entities may be published.
        final: Whether the split that papers report exists; it is measured and chooses nothing.
    """

    name: str
    source: Path
    make: Callable[[Path, Path], None]
    config: str
    split: str
    model: str
    needs: tuple[Path, ...]
    parts: frozenset[str]
    vision: str = "google/vit-base-patch32-224-in21k"
    engines: Mapping[str, Engine] = field(default_factory=dict)
    redistributable: bool = False
    final: bool = False

    @property
    def splits(self) -> tuple[str, ...]:
        """The files of each corpus."""
        return (*SPLITS, FINAL) if self.final else SPLITS

    @property
    def measured(self) -> list[tuple[str, str, str]]:
        """Model, file and name of the split of each measurement.

        The split that papers report is measured with the last model, and with the one that is best
        on the development split.
        """
        found = [(self.model, "test", self.split)]
        if self.final:
            found += [(LAST, FINAL, "test"), (BEST, FINAL, "test, best on valid")]
        return found

    @property
    def has_dev(self) -> bool:
        """Whether its dev split differs from its test split."""
        return self.model == BEST

    def engine(self, corpus: str) -> Engine | None:
        """Return the config that aligns a corpus anew; None if the corpus isn't made that way."""
        return {**ENGINES, **self.engines}.get(corpus)

    def path(self, corpus: str, split: str) -> Path:
        """Return the file of a split, once `prepare` has made it."""
        return CORPUS / self.name / corpus / f"{split}.spacy"

    def docs(self, corpus: str, split: str) -> list[Doc]:
        """Read the documents of a split."""
        return read_docs(self.path(corpus, split), spacy.blank("en").vocab)

    def prepare(self, corpus: str) -> None:
        """Make the splits of a corpus, unless they exist and are newer than their source.

        All of them are made or none, and only once if several processes ask.
        """
        if corpus != "aligned":
            self.prepare("aligned")
        folder = CORPUS / self.name
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / f"{corpus}.lock"):
            if all(newer(self.path(corpus, split), self.needs) for split in self.splits):
                return
            part = folder / f"{corpus}.part"
            remove(part)
            self._make(corpus, part)
            remove(folder / corpus)
            part.replace(folder / corpus)

    def _make(self, corpus: str, target: Path) -> None:
        if corpus == "aligned":
            self.make(self.source, target)
        elif engine := self.engine(corpus):
            config = CORPUS / self.name / f"{corpus}.cfg"
            aligning(*engine).to_disk(config)
            for split in self.splits:
                align(str(config), self.path("aligned", split), target / f"{split}.spacy")
        else:
            train = self.docs("aligned", "train")
            for split in self.splits:
                changed = CHANGES[corpus](self.docs("aligned", split), train)
                write_docs(changed, target / f"{split}.spacy")


def remove(folder: Path) -> None:
    """Remove a folder, or the link to one, if it is there."""
    if folder.is_symlink():
        folder.unlink()
    else:
        shutil.rmtree(folder, ignore_errors=True)


def newer(path: Path, sources: Iterable[Path]) -> bool:
    """Return whether a file exists and is not older than its source."""
    made = path.stat().st_mtime if path.exists() else -1.0
    return all(made >= source.stat().st_mtime for source in sources)


def aligning(pipe: str, backend: Mapping[str, Any]) -> Config:
    """Make a config whose one pipe aligns anew."""
    component = {"factory": pipe, "backend": dict(backend), "overwrite": True}
    return Config({"nlp": {"lang": "en", "pipeline": [pipe]}, "components": {pipe: component}})


def take_demo(source: Path, target: Path) -> None:
    """Link the demo's own splits."""
    target.symlink_to(source.resolve(), target_is_directory=True)


def convert_twitter(source: Path, target: Path) -> None:
    """Convert the tweets: train on train, measure on valid, which chooses nothing."""
    script = Path(__file__).parents[2] / "twitter_data.py"
    subprocess.run([sys.executable, script, source, target], check=True)
    if (source / "test.txt").exists():
        (target / "test.spacy").rename(target / f"{FINAL}.spacy")
    for split in ("dev", "test"):
        (target / f"{split}.spacy").write_bytes((target / "valid.spacy").read_bytes())


def hold_out(source: Path, target: Path) -> None:
    """Hold out a part of train, to choose settings by."""
    convert_twitter(source, target)
    docs = read_docs(target / "train.spacy", spacy.blank("en").vocab)
    held = [doc for number, doc in enumerate(docs) if number % HELD_OUT == 0]
    kept = [doc for number, doc in enumerate(docs) if number % HELD_OUT]
    for split, chosen in (("train", kept), ("dev", held), ("test", held)):
        write_docs(chosen, target / f"{split}.spacy")


def datasets(tweets: Path) -> dict[str, Dataset]:
    """List every data set by name; `tweets` holds `twitter2015`, `twitter2017` and `snap`."""
    captioner = {"@misc": "spacy_ita.HFCaptioner.v2", "name": "assets/captioner"}
    demo = Dataset(
        "demo",
        Path("corpus/demo/aligned"),
        take_demo,
        "demo",
        "test",
        BEST,
        needs=tuple(Path("corpus/demo/aligned") / f"{split}.spacy" for split in SPLITS),
        parts=frozenset({"objects", "captions", "5 captions", "OCR text", "pictures"}),
        vision="training/vision",
        redistributable=True,
        engines={
            "LA_BU": (
                "image_objects",
                {
                    "@misc": "spacy_ita.HFDetector.v2",
                    "name": "training/detector_bu",
                    "threshold": 0.4,
                },
            ),
            "GA_BU": ("image_captions", {**captioner, "name": "training/captioner_bu"}),
            **by_relevance(captioner),
        },
    )
    found = [demo]
    for name in ("twitter2015", "twitter2017", "snap"):
        found.append(twitter(name, tweets / name, convert_twitter, "valid"))
        found.append(twitter(f"{name}-tune", tweets / name, hold_out, "part of train"))
    return {dataset.name: dataset for dataset in found}


def twitter(name: str, source: Path, make: Callable[[Path, Path], None], split: str) -> Dataset:
    """Make the data set of a folder of tweets: recorded alignments if any, else from pictures."""
    captions, pictures = source / "captions.jsonl", (source / "images").is_dir()
    knowledge = source / "knowledge.jsonl"
    parts = {"captions"} if captions.exists() or pictures else set()
    if pictures:
        parts |= {"pictures"}
        parts |= set() if captions.exists() else {"objects", "5 captions", "OCR text"}
    if knowledge.exists():
        parts |= {"knowledge"}
    recorded = {"@misc": "spacy_ita.Recorded.v1", "path": str(captions), "part": "captions"}
    engines: dict[str, Engine] = {
        "GA_BU": ("image_captions", {**recorded, "models": ["catr"]}),
        **by_relevance(recorded),
    }
    return Dataset(
        name,
        source,
        make,
        "twitter_minilm",
        split,
        LAST,
        needs=(
            source / "train.txt",
            source / "valid.txt",
            *filter(Path.exists, (source / "test.txt", captions, knowledge)),
        ),
        parts=frozenset(parts),
        final=make is convert_twitter and (source / "test.txt").exists(),
        engines=engines if captions.exists() else {},
    )
