"""Objects: files of suppliers, uploads waiting for import, published stores. S3 or a folder behind one interface.

A store that refuses, is full or does not answer raises `Unavailable`: to be tried again. What was half sent is not
there afterwards.

Satisfies `site_builder.target.ObjectStore` by shape, so the builder publishes to either without knowing which.
"""

import logging
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import Any, BinaryIO, Protocol, Self

from botocore.exceptions import ClientError

from ..settings import Settings
from . import aws
from .errors import Unavailable

log = logging.getLogger("cardmesh.storage")

RETRY_SECONDS = 5


class Reader(Protocol):
    """A stream to read and close."""

    def read(self, size: int = ..., /) -> bytes: ...

    def close(self) -> None: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None: ...


class ObjectStorage(Protocol):
    """Keys are `/`-separated names without `..`. `put` replaces; `get` of a missing object is None."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, data: bytes, content_type: str = ...) -> None: ...

    def put_file(self, key: str, file: BinaryIO, content_type: str = ...) -> None: ...

    def open(self, key: str) -> Reader:
        """Raises FileNotFoundError."""
        ...

    def exists(self, key: str) -> bool: ...

    def list(self, prefix: str) -> Iterator[str]: ...

    def delete(self, key: str) -> None: ...


@contextmanager
def _answering() -> Iterator[None]:
    """A failure of the store in our words. Raises Unavailable."""
    try:
        yield
    except (FileNotFoundError, ValueError):
        raise
    except (*aws.ERRORS, OSError) as error:
        log.error("the object store failed: %s", aws.error_code(error))
        raise Unavailable(retry_after=RETRY_SECONDS) from error


class FolderStorage:
    """Objects as files below a folder, for one machine without S3. A `put` appears whole or not at all.

    `direct`: forked processes may put into it, because it holds nothing open.
    """

    direct = True

    def __init__(self, root: Path) -> None:
        self._root = root

    def _path(self, key: str) -> Path:
        if not key or key.startswith("/") or ".." in key.split("/"):
            raise ValueError(f"not an object key: {key!r}")
        return self._root / key

    def get(self, key: str) -> bytes | None:
        try:
            return self._path(key).read_bytes()
        except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
            return None

    def put(self, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        self.put_file(key, BytesIO(data), content_type)

    def put_file(self, key: str, file: BinaryIO, content_type: str = "application/octet-stream") -> None:
        path = self._path(key)
        with _answering():
            path.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as fresh:
                try:
                    shutil.copyfileobj(file, fresh)
                    fresh.flush()
                except OSError:  # a full disk must not be filled up with halves
                    Path(fresh.name).unlink()
                    raise
            Path(fresh.name).replace(path)

    def open(self, key: str) -> BinaryIO:
        return self._path(key).open("rb")

    def exists(self, key: str) -> bool:
        return self._path(key).is_file()

    def list(self, prefix: str) -> Iterator[str]:
        folder = self._root / prefix.rpartition("/")[0]
        for path in sorted(folder.rglob("*")):
            key = path.relative_to(self._root).as_posix()
            if path.is_file() and key.startswith(prefix) and not path.name.startswith("."):
                yield key

    def delete(self, key: str) -> None:
        self._path(key).unlink(missing_ok=True)


class S3Reader:
    """The body of an answer. boto3's own, in a `with` block, is what lies below it, and that ends early in silence."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def read(self, size: int = -1) -> bytes:
        """Raises Unavailable, also when the store hangs up half-way."""
        with _answering():
            return self._body.read(None if size < 0 else size)

    def close(self) -> None:
        self._body.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class S3Storage:
    """Objects in one bucket. `at_once`: so many puts may well be under way together."""

    at_once = 8

    def __init__(self, client: Any, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def get(self, key: str) -> bytes | None:
        try:
            with self.open(key) as body:
                return body.read()
        except FileNotFoundError:
            return None

    def put(self, key: str, data: bytes, content_type: str = "application/octet-stream") -> None:
        with _answering():
            self._client.put_object(Bucket=self._bucket, Key=key, Body=data, ContentType=content_type)

    def put_file(self, key: str, file: BinaryIO, content_type: str = "application/octet-stream") -> None:
        with _answering():
            self._client.upload_fileobj(file, self._bucket, key, ExtraArgs={"ContentType": content_type})

    def open(self, key: str) -> S3Reader:
        with _answering(), _missing(key):
            return S3Reader(self._client.get_object(Bucket=self._bucket, Key=key)["Body"])

    def exists(self, key: str) -> bool:
        try:
            with _answering(), _missing(key):
                self._client.head_object(Bucket=self._bucket, Key=key)
        except FileNotFoundError:
            return False
        return True

    def list(self, prefix: str) -> Iterator[str]:
        pages = iter(self._client.get_paginator("list_objects_v2").paginate(Bucket=self._bucket, Prefix=prefix))
        while True:
            with _answering():
                page = next(pages, None)
            if page is None:
                return
            yield from (item["Key"] for item in page.get("Contents", ()))

    def delete(self, key: str) -> None:
        with _answering():
            self._client.delete_object(Bucket=self._bucket, Key=key)


@contextmanager
def _missing(key: str) -> Iterator[None]:
    """Raises FileNotFoundError, as a folder does."""
    try:
        yield
    except ClientError as error:
        if aws.error_code(error) in {"404", "NoSuchKey", "NotFound"}:
            raise FileNotFoundError(key) from error
        raise


def open_storage(settings: Settings) -> ObjectStorage:
    """The installation's objects: the bucket when one is configured, else a folder in the data directory."""
    if settings.s3_bucket:
        return S3Storage(aws.s3_client(settings), settings.s3_bucket)
    root: Path = settings.data_dir / "objects"
    return FolderStorage(root)
