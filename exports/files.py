"""Putting a rendered file in its place: by a rename, and only when its bytes change."""

from __future__ import annotations

import os
from pathlib import Path


def put(path: Path, content: bytes, private: bool = False, standing: Path | None = None) -> bool:
    """Put `content` at `path` by a rename, unless `standing` (the path itself, if none) holds it; true when written.

    Readable by all, or `private`: by its owner only.
    """
    standing = standing or path
    if standing.is_file() and standing.stat().st_size == len(content) and standing.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    for folder in (path.parent, path.parent.parent):
        folder.chmod(0o700 if private else 0o755)
    part = path.with_name(f".{path.name}.part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    part.chmod(0o600 if private else 0o644)
    part.replace(path)
    return True
