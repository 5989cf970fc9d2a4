"""The fixture shops, the bundled theme, and a sink that remembers what it was given."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from cardmesh.embedded.s3 import S3
from cardmesh.kit.storage import FolderStorage, ObjectStorage, open_storage
from cardmesh.settings import Settings
from site_builder import snapshot as snapshots
from site_builder import theme as themes
from site_builder.build import BuildResult, build
from site_builder.manifest import Manifest
from site_builder.objects import FolderStore
from site_builder.snapshot import Snapshot, ThemeChoice
from site_builder.target import Site
from site_builder.theme import Theme
from tests.site_builder.published import PREFIX

FIXTURES = Path(__file__).parent / "fixtures"
THEMES = sorted(path.parent.name for path in themes.BUNDLED.glob("*/theme.json"))
SHOPS = ("mall", "hongyun", "moyu", "twelve", "empty", "hostile")


@dataclass
class Memory:
    """A sink that keeps every blob and counts how often each was put."""

    blobs: dict[str, bytes] = field(default_factory=dict)
    puts: list[str] = field(default_factory=list)

    def put_blob(self, sha: str, data: bytes, content_type: str) -> None:
        self.blobs[sha] = data
        self.puts.append(sha)


@dataclass
class Built:
    """A finished build with its contents at hand."""

    snapshot: Snapshot
    result: BuildResult
    sink: Memory

    @property
    def manifest(self) -> Manifest:
        return self.result.manifest

    def body(self, path: str) -> bytes:
        return self.sink.blobs[self.manifest.entries[path].sha256]

    def text(self, path: str) -> str:
        return self.body(path).decode()

    def html(self) -> dict[str, str]:
        return {path: self.text(path) for path in self.manifest.entries if path.endswith(".html")}


def load(name: str) -> Snapshot:
    return snapshots.parse((FIXTURES / f"{name}.json").read_bytes())


def make(snapshot: Snapshot, theme: Theme, previous: Manifest | None = None, processes: int = 1) -> Built:
    sink = Memory()
    return Built(snapshot, build(snapshot, theme, sink=sink, previous=previous, processes=processes), sink)


@pytest.fixture(scope="session")
def classic() -> Theme:
    return themes.find("classic")


@pytest.fixture(scope="session")
def mall() -> Snapshot:
    return load("mall")


@pytest.fixture(scope="session")
def built_mall(mall: Snapshot, classic: Theme) -> Built:
    return make(mall, classic)


@pytest.fixture(scope="session", params=[f"{theme}-{shop}" for theme in THEMES for shop in SHOPS])
def shop(request: pytest.FixtureRequest) -> Built:
    """Each fixture shop, built with each bundled theme, in that theme's own preset or the one the shop asks for."""
    name, _, which = request.param.partition("-")
    theme, snapshot = themes.find(name), load(which)
    preset = snapshot.theme.preset if snapshot.theme.preset in theme.presets else None
    return make(replace(snapshot, theme=ThemeChoice(handle=name, preset=preset)), theme)


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ObjectStorage]:
    with S3(tmp_path_factory.mktemp("s3")) as server:
        yield open_storage(Settings.from_env(server.env))


@pytest.fixture(params=["folder", "installation", "bucket"])
def site(request: pytest.FixtureRequest, tmp_path: Path) -> Site:
    """In a theme author's folder, in an installation's folder, and in an S3 bucket."""
    if request.param == "folder":
        return Site(FolderStore(tmp_path), PREFIX)
    if request.param == "installation":
        return Site(FolderStorage(tmp_path), PREFIX)
    bucket: ObjectStorage = request.getfixturevalue("bucket")
    for key in list(bucket.list(f"{PREFIX}/")):
        bucket.delete(key)
    return Site(bucket, PREFIX)
