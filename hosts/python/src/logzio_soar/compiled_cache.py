"""Compiled components on disk, so that a process starts at once. Never needed: whatever is wrong with the cache, the
component is compiled again. Knows no ``wasmtime``: to it, native code is bytes.

What is loaded is native code, so two things keep others out, as in the runner's cache. The folder and all folders on the way
to it belong to the effective user or to root, and no other user can write to them. And each entry begins with a keyed digest,
whose key only that user can read: an entry that another put there is not loaded, though the folder let them.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import os
import secrets
import sys
from collections.abc import Mapping
from pathlib import Path

from . import private_folder

_KEY_FILE = "key"
_LENGTH = 32
"""The length of the key, and of a digest, in bytes."""


class CompiledCache:
    """The entries of a folder, which is created with a key if need be. Raises ``OSError`` if it cannot be used."""

    def __init__(self, folder: Path) -> None:
        private_folder.create(folder)
        self._folder = folder
        key = folder / _KEY_FILE
        if not os.path.lexists(key):
            # Another process may do the same at this moment. Entries of the key that loses are compiled again.
            private_folder.write(key, secrets.token_bytes(_LENGTH))
        self._key = private_folder.read_secret(key, _LENGTH)

    def load(self, name: str) -> bytes | None:
        """The native code of a name, if it is there and of this user."""
        try:
            with self._file(name).open("rb") as entry:
                digest, native = entry.read(_LENGTH), entry.read()
        except OSError:
            return None
        return native if hmac.compare_digest(digest, self._digest(name, native)) else None

    def store(self, name: str, native: bytes) -> None:
        """Stores native code under a name. A cache that cannot be written is only slow."""
        with contextlib.suppress(OSError):
            private_folder.write(self._file(name), self._digest(name, native), native)

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.cwasm"

    def _digest(self, name: str, native: bytes) -> bytes:
        """The digest of an entry. An entry of another name has another one."""
        digest = hmac.new(self._key, name.encode(), hashlib.sha256)
        digest.update(native)
        return digest.digest()


def user_folder(environment: Mapping[str, str]) -> Path | None:
    """Where compiled components of this user belong; none if the user has no folder."""
    if sys.platform == "win32":
        root = environment.get("LOCALAPPDATA")
        return Path(root) / "logzio-soar" / "python" if root else None
    home = os.path.expanduser("~")
    if sys.platform == "darwin":
        root = os.path.join(home, "Library", "Caches")
    else:
        root = environment.get("XDG_CACHE_HOME", "")
        root = root if os.path.isabs(root) else os.path.join(home, ".cache")
    return Path(root) / "logzio-soar" / "python" if os.path.isabs(root) else None
