"""The pipe that sets one kind of alignment on documents with a picture."""

import copy
import inspect
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import srsly
from spacy.pipeline import Pipe
from spacy.tokens import Doc
from spacy.util import minibatch

from ..extensions import Attributes
from ..extensions.normalisation import Item
from .answers import Answer, answer
from .cache import AlignmentCache
from .failures import note_failure, warn, warn_of_picture
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

    Raises:
        ValueError: If `backend` is not a backend, or `batch_size` is below 1.
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
    ) -> None:
        # isinstance would read `identity`, which may start the engine or hash weights
        if not callable(backend) or inspect.getattr_static(backend, "identity", ...) is ...:
            raise ValueError(
                f"{name}: {backend!r} is not a backend: it must be callable and have an `identity`"
            )
        if not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f"{name}: batch_size must be at least 1, not {batch_size!r}")
        self.name = name
        self.backend = backend
        self.attrs = attrs
        self.target = target
        self.item = item
        self.cache = cache
        self.batch_size = batch_size
        self.strict = strict
        self.overwrite = overwrite

    def __call__(self, doc: Doc) -> Doc:
        """Align one document.

        Raises:
            Exception: In strict mode, the error that kept the document from being aligned.
        """
        pictures = self._pictures([doc])
        found = answer(distinct(pictures), self.backend, self.item, self.cache)
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
        with ReadAhead(self.backend, self.item, self.cache) as ahead:
            batches = (
                (docs, pictures := self._pictures(docs), ahead.begin(distinct(pictures)))
                for docs in minibatch(stream, size)
            )
            # the pipes before this one finish the next batch before this one is asked for
            for docs, pictures, answers in one_behind(batches):
                try:
                    errors = self._set_all(docs, pictures, answers())
                except Exception as error:
                    handle(self.name, self, docs, error)
                    continue
                for doc, failure in zip(docs, errors, strict=True):
                    if failure is None:
                        yield doc
                    else:
                        handle(self.name, self, [doc], failure)

    def _pictures(self, docs: Sequence[Doc]) -> list[Picture | None]:
        """Collect the picture to align of each document, the same one for equal documents."""
        reads_text = getattr(self.backend, "reads_text", False)
        pictures: dict[tuple[str, str], Picture] = {}
        found: list[Picture | None] = []
        for doc in docs:
            path, text = self._wanted(doc), doc.text if reads_text else ""
            known = pictures.setdefault((path, text), Picture(path, text))
            found.append(known if path else None)
        return found

    def _set_all(
        self, docs: Sequence[Doc], pictures: Sequence[Picture | None], found: Sequence[Answer]
    ) -> list[Exception | None]:
        """Set the alignments of a batch, and return each document's error to raise, or None."""
        answers = dict(zip(distinct(pictures), found, strict=True))
        return [
            self._set(doc, picture.path, answers[picture]) if picture else None
            for doc, picture in zip(docs, pictures, strict=True)
        ]

    def _set(self, doc: Doc, path: str, answer: Answer) -> Exception | None:
        if not isinstance(answer, Exception):
            # documents that share a picture must not share the list
            doc._.set(self.target, copy.deepcopy(answer))
            note_failure(doc, self.target, "")
            return None
        doc._.set(self.target, None)
        if self.strict:
            return answer
        cause = self._cause(path, answer)
        note_failure(doc, self.target, cause)
        if isinstance(answer, PictureError):
            warn_of_picture("alignment", doc, path, cause)
        else:
            warn("alignment", doc, cause)
        return None

    def _wanted(self, doc: Doc) -> str:
        """Return the path of the picture to align, or "" if there is none or nothing to do."""
        if doc._.get(self.target) is not None and not self.overwrite:
            return ""
        return str(doc._.get(self.attrs.image_path) or "")

    def _cause(self, path: str, error: Exception) -> str:
        if isinstance(error, PictureError):
            return str(error)
        engine = type(self.backend).__name__
        return f"{path}: {engine} failed with {type(error).__name__}: {error}"

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


def distinct(pictures: Iterable[Picture | None]) -> list[Picture]:
    """List the pictures that are there, each once."""
    return list(dict.fromkeys(picture for picture in pictures if picture is not None))
