"""Folders and files that no other user can change. Knows nothing of what is in them.

Where there are users with numbers, the owner is compared with the effective user, since that is whose rights the process
has: under ``sudo -E``, the folder that ``$HOME`` names may be another's. Elsewhere the folder of a user is taken to be theirs
alone. The rules are those of the runner's cache.
"""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

_HAS_OWNERS = hasattr(os, "geteuid")
_OTHERS_WRITE = 0o022
_OTHERS = 0o077


def create(folder: Path) -> None:
    """Creates a folder, with those on the way, for this user alone.

    Raises ``OSError`` if it cannot be created, or if another user could change what is in it.
    """
    folder = Path(os.path.abspath(folder))
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    # First what is there, so that nothing is created in a folder of another's.
    _check(missing[-1].parent if missing else folder)
    for one in reversed(missing):
        one.mkdir(0o700, exist_ok=True)
    _check(folder)


def read_secret(file: Path, length: int) -> bytes:
    """The first bytes of a file that no other user can read or write, nor has put there.

    Raises ``OSError`` if it cannot be read, is shorter, or is not like that.
    """
    # A link would lead to a file that another chose. Of a regular file, what was opened is what is checked.
    if not stat.S_ISREG(os.lstat(file).st_mode):
        raise _refused(file)
    with file.open("rb") as opened:
        found = os.fstat(opened.fileno())
        # A second name would be in a folder that is not checked.
        if _HAS_OWNERS and not (
            found.st_uid == os.geteuid()
            and stat.S_ISREG(found.st_mode)
            and found.st_mode & _OTHERS == 0
            and found.st_nlink == 1
        ):
            raise _refused(file)
        content = opened.read(length)
    if len(content) < length:
        raise OSError(f"{file} is too short")
    return content


def write(file: Path, *parts: bytes) -> None:
    """Writes a file that only this user can read: under a random name, and renamed once it is whole."""
    descriptor, name = tempfile.mkstemp(dir=file.parent)
    try:
        with open(descriptor, "wb") as unfinished:
            for part in parts:
                unfinished.write(part)
        os.replace(name, file)
    except BaseException:
        os.unlink(name)
        raise


def _check(folder: Path) -> None:
    """Checks a folder and all on the way to it, in the path as it is given and in the one that it resolves to."""
    if not _HAS_OWNERS:
        return
    for path in (folder, folder.resolve(strict=True)):
        for one in (path, *path.parents):
            found = one.stat()
            # In a folder such as /tmp, others can write, but not replace what is not theirs.
            sticky = found.st_mode & stat.S_ISVTX and one != path
            closed = found.st_mode & _OTHERS_WRITE == 0 or sticky
            if not (found.st_uid in (os.geteuid(), 0) and stat.S_ISDIR(found.st_mode) and closed):
                raise _refused(one)


def _refused(path: Path) -> PermissionError:
    return PermissionError(f"another user can change {path}")
