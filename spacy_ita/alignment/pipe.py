"""The pipe that sets one kind of alignment on documents with a picture."""

import copy
import inspect
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import srsly
from spacy.pipeline import Pipe
from spacy.tokens import Doc
from spacy.util import minibatch

from ..extensions import Attributes
from ..extensions.normalisation import PICTURE, Item
from ..sources import shown
from .answers import Answer, answer
from .cache import AlignmentCache
from .failures import note_failures, warn, warn_of_picture
from .out_of_memory import CallLimit
from .picture import Picture, PictureError
from .protocol import Backend, Saved
from .read_ahead import ReadAhead, one_behind


class ImageAligner(Pipe):
    """A pipe that sets one kind of alignment on documents with a picture.

    Args:
        name: Name of the pipe.
        backend: Turns pictures into alignments. A backend that is also `Saved` is written with the
            pipeline.
        attrs: Names of the extensions.
        target: Name of the extension that holds the alignment.
        item: Type of the alignment's entries.
        cache: Alignments of earlier runs. The backend gets the pictures that it lacks; None for no
            cache.
        batch_size: Number of documents whose pictures are decoded and given to the backend in one
            call; fewer if the pictures are large.
        strict: Raise an error if a picture can't be read or the backend fails on it. Otherwise, a
            warning names the document, which gets no alignment.
        overwrite: Align documents again that already have the alignment.
        allow_http: Fetch pictures from the web; public addresses only (`docs/sources.md`).
        max_pictures: Maximum number of pictures of a document that are aligned, each by itself.

    Raises:
        ValueError: If `backend` is not a backend, or a number is below 1.
    """

    def __init__(
        self,
        name: str,
        backend: Backend,
        *,
        attrs: Attributes,
        target: str,
        item: Item,
        cache: AlignmentCache | None,
        batch_size: int,
        strict: bool,
        overwrite: bool,
        allow_http: bool = False,
        max_pictures: int = 4,
    ) -> None:
        # isinstance would read `identity`, which may start the engine or hash weights
        if not callable(backend) or inspect.getattr_static(backend, "identity", ...) is ...:
            raise ValueError(
                f"{name}: {backend!r} is not a backend: it must be callable and have an `identity`"
            )
        if not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f"{name}: batch_size must be at least 1, not {batch_size!r}")
        if max_pictures < 1:
            raise ValueError(f"{name}: max_pictures must be at least 1, not {max_pictures}")
        self.name = name
        self.backend = backend
        self.attrs = attrs
        self.target = target
        self.item = item
        self.cache = cache
        self.batch_size = batch_size
        self.strict = strict
        self.overwrite = overwrite
        self.allow_http = allow_http
        self.max_pictures = max_pictures
        self._limit = CallLimit()
        self._warned = False

    def __call__(self, doc: Doc) -> Doc:
        """Align one document.

        Raises:
            Exception: In strict mode, the error that kept the document from being aligned.
        """
        pictures = self._pictures([doc])
        found = answer(distinct(pictures), self.backend, self.item, self.cache, self._limit)
        for error in self._set_all([doc], pictures, found):
            if error is not None:
                raise error
        return doc

    def pipe(self, stream: Iterable[Doc], *, batch_size: int = 128) -> Iterator[Doc]:
        """Align a stream of documents in batches, preserving order.

        While the backend works on a batch, threads decode the pictures of the next one.

        Documents that raise an error go to the error handler and are left out.

        Args:
            stream: The documents.
            batch_size: Upper limit of the pipe's own batch size. spaCy may ask for 1000 documents
                in a batch, and their pictures would not fit into memory.

        Raises:
            ValueError: If `batch_size` is below 1.
        """
        if batch_size < 1:
            raise ValueError(f"{self.name}: batch_size must be at least 1, not {batch_size}")
        handle = self.get_error_handler()
        size = min(batch_size, self.batch_size)
        with ReadAhead(self.backend, self.item, self.cache, self._limit) as ahead:
            batches = ((docs, self._begin(docs, ahead)) for docs in minibatch(stream, size))
            # the pipes before this one finish the next batch before this one is asked for
            for docs, finish in one_behind(batches):
                try:
                    errors = finish()
                except Exception as error:
                    handle(self.name, self, docs, error)
                    continue
                for doc, failure in zip(docs, errors, strict=True):
                    if failure is None:
                        yield doc
                    else:
                        handle(self.name, self, [doc], failure)

    def _begin(self, docs: Sequence[Doc], ahead: ReadAhead) -> Callable[[], list[Exception | None]]:
        """Begin to read the pictures of a batch; returns the function that aligns it."""
        try:
            pictures = self._pictures(docs)
        except Exception as error:
            return partial(_fail, error)
        answers = ahead.begin(distinct(pictures))
        return lambda: self._set_all(docs, pictures, answers())

    def _pictures(self, docs: Sequence[Doc]) -> list[list[Picture]]:
        """Collect the pictures to align of each document, the same ones for equal documents."""
        reads_text = getattr(self.backend, "reads_text", False)
        least_side = getattr(self.backend, "least_side", None)
        pictures: dict[tuple[str, str], Picture] = {}
        found: list[list[Picture]] = []
        for doc in docs:
            keys = [(path, doc.text if reads_text else "") for path in self._wanted(doc)]
            for key in keys:
                if key not in pictures:
                    pictures[key] = Picture(*key, self.allow_http, least_side)
            found.append([pictures[key] for key in keys])
        return found

    def _set_all(
        self, docs: Sequence[Doc], pictures: Sequence[Sequence[Picture]], found: Sequence[Answer]
    ) -> list[Exception | None]:
        """Set the alignments of a batch, and return each document's error to raise, or None."""
        answers = dict(zip(distinct(pictures), found, strict=True))
        return [
            self._set(doc, [(picture.path, answers[picture]) for picture in own]) if own else None
            for doc, own in zip(docs, pictures, strict=True)
        ]

    def _set(self, doc: Doc, answers: Sequence[tuple[str, Answer]]) -> Exception | None:
        """Set the alignment of a document from the answers of its pictures, by their paths."""
        failed = [(path, found) for path, found in answers if isinstance(found, Exception)]
        numbered = len(answers) > 1
        entries = [
            # documents that share a picture must not share its entries
            {**copy.deepcopy(entry), **({PICTURE: number} if numbered else {})}
            for number, (_, found) in enumerate(answers)
            if not isinstance(found, Exception)
            for entry in found
        ]
        # one broken picture of several costs that one
        doc._.set(self.target, entries if len(failed) < len(answers) else None)
        if self.strict and failed:
            doc._.set(self.target, None)
            return failed[0][1]
        causes = {self._cause(path, error): _kind(error) for path, error in failed}
        note_failures(doc, self.target, causes)
        for path, error in failed:
            if isinstance(error, PictureError):
                warn_of_picture("alignment", doc, path, str(error))
            else:
                warn("alignment", doc, self._cause(path, error))
        return None

    def _wanted(self, doc: Doc) -> list[str]:
        """Return the paths of the pictures to align; none if there is nothing to do."""
        if doc._.get(self.target) is not None and not self.overwrite:
            return []
        paths: list[str] = doc._.get(self.attrs.image_paths)
        if len(paths) > self.max_pictures and not self._warned:
            self._warned = True
            warnings.warn(
                f"{self.name}: a document has {len(paths)} pictures, of which the first "
                f"{self.max_pictures} are aligned, and so are those of later documents; set "
                f"max_pictures for more",
                stacklevel=2,
            )
        return paths[: self.max_pictures]

    def _cause(self, path: str, error: Exception) -> str:
        if isinstance(error, PictureError):
            return str(error)
        engine = type(self.backend).__name__
        return f"{shown(path)}: {engine} failed with {type(error).__name__}: {error}"

    def to_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> None:
        """Write the backend into the folder `path`, if the backend can be saved."""
        if isinstance(self.backend, Saved):
            Path(path).mkdir(parents=True, exist_ok=True)
            self.backend.to_disk(Path(path))

    def from_disk(self, path: str | Path, *, exclude: Iterable[str] = ()) -> "ImageAligner":
        """Load what `to_disk` wrote into the backend."""
        if isinstance(self.backend, Saved):
            self.backend.from_disk(Path(path))
        return self

    def to_bytes(self, *, exclude: Iterable[str] = ()) -> bytes:
        """Pack the files of `to_disk` into bytes."""
        with tempfile.TemporaryDirectory() as folder:
            # in a folder of its own, as backends look at the folders beside theirs
            own = Path(folder) / "pipe"
            self.to_disk(own)
            files = sorted(path for path in own.rglob("*") if path.is_file())
            packed = {path.relative_to(own).as_posix(): path.read_bytes() for path in files}
        return bytes(srsly.msgpack_dumps(packed))

    def from_bytes(self, data: bytes, *, exclude: Iterable[str] = ()) -> "ImageAligner":
        """Load the bytes of `to_bytes` into the backend.

        Raises:
            ValueError: If the bytes hold a file whose path leads out of the folder.
        """
        with tempfile.TemporaryDirectory() as folder:
            for name, content in srsly.msgpack_loads(data).items():
                target = (Path(folder) / name).resolve()
                if not target.is_relative_to(Path(folder).resolve()):
                    raise ValueError(
                        f"{self.name}: the bytes contain a file outside the folder: {name!r}"
                    )
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
            self.from_disk(folder)
            if isinstance(self.backend, Saved):
                self.backend.load()
        return self


def _kind(error: Exception) -> str:
    return error.kind if isinstance(error, PictureError) else "backend"


def distinct(pictures: Iterable[Sequence[Picture]]) -> list[Picture]:
    """List the pictures of some documents, each once."""
    return list(dict.fromkeys(picture for own in pictures for picture in own))


def _fail(error: Exception) -> list[Exception | None]:
    """Raise an error of the beginning where the error handler gets it."""
    raise error
