"""`dev-credentials.json`: the logins and keys of a development installation, readable by its owner only."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from ..settings import Settings

FILENAME = "dev-credentials.json"


@dataclass
class Credentials:
    """`{"platform": {…}, "suppliers": […], "distributors": […], "mail_url": …}`."""

    path: Path
    data: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, settings: Settings) -> "Credentials":
        path = settings.data_dir / FILENAME
        data = json.loads(path.read_text()) if path.exists() else {}
        data.setdefault("platform", {})
        data.setdefault("suppliers", [])
        data.setdefault("distributors", [])
        data["mail_url"] = settings.mail_outbox_url
        return cls(path, data)

    def party(self, group: str, email: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """The entry of a group with this address, made and saved at once when it is not there."""
        for entry in self.data[group]:
            if entry["email"] == email:
                return entry
        entry = make()
        self.data[group].append(entry)
        self.save()
        return entry

    def save(self) -> None:
        """Replace the file. A temporary file is its maker's alone (mode 0600), and so is what it becomes."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=self.path.parent, prefix=".credentials", delete=False) as fresh:
            json.dump(self.data, fresh, ensure_ascii=False, indent=2)
            fresh.write("\n")
        Path(fresh.name).replace(self.path)


def new_password() -> str:
    """Easy to type, hard to guess."""
    return "-".join(secrets.token_hex(3) for _ in range(3))
