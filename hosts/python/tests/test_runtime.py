"""A component is compiled once for a process, and once for a user of the machine; nobody else can slip native code in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from logzio_soar import ComponentUnusable, LogzioSoar, compiled_cache, private_folder
from logzio_soar.compiled_cache import CompiledCache
from logzio_soar.runtime import Runtime, shared

WASM = files("logzio_soar").joinpath("logzio-soar.wasm").read_bytes()
# CPU of the process, all threads of it.
TIMED = (
    "import time; from logzio_soar import LogzioSoar\n"
    "for _ in range(2):\n"
    "    began = time.process_time(); account = LogzioSoar(environment={}); print(time.process_time() - began)\n"
    "assert account.describe().commands"
)


def seconds_of_two_objects(home: Path) -> list[float]:
    environment = {"HOME": str(home), "PATH": os.environ["PATH"]}
    command = [sys.executable, "-c", TIMED]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return [float(line) for line in result.stdout.split()]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    tmp_path.chmod(0o700)
    return tmp_path


@pytest.mark.skipif(sys.platform == "win32", reason="the folder of a user is found in another way")
def test_a_second_object_and_a_second_process_cost_a_fiftieth_of_the_first_compile(home: Path) -> None:
    first, second = seconds_of_two_objects(home)
    assert second * 50 <= first, f"{second:.4f} s after {first:.4f} s"
    loaded, again = seconds_of_two_objects(home)
    assert loaded * 50 <= first, f"{loaded:.4f} s after {first:.4f} s"
    assert again * 50 <= first


def test_all_objects_of_a_process_share_one_compiled_component() -> None:
    first, second = LogzioSoar(environment={}), LogzioSoar(environment={}, component=WASM, memory_limit=64 << 20)
    assert first._sandbox._component is second._sandbox._component
    assert shared() is shared()


def test_a_file_that_changed_is_compiled_again(tmp_path: Path) -> None:
    file = tmp_path / "one.wasm"
    file.write_bytes(WASM)
    assert LogzioSoar(environment={}, component=file).describe().commands
    file.write_bytes(b"banana")
    with pytest.raises(ComponentUnusable):
        LogzioSoar(environment={}, component=file)


@pytest.fixture
def folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The cache of this user, empty."""
    monkeypatch.setattr("logzio_soar.runtime.user_folder", lambda _: home / "cache")
    return home / "cache"


def entry(folder: Path) -> Path:
    (found,) = folder.glob("*.cwasm")
    return found


def test_what_is_damaged_or_not_ours_is_not_loaded_but_replaced(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Runtime().component(WASM)
    file = entry(folder)
    whole = file.read_bytes()
    native, name = whole[32:], file.stem
    cache = CompiledCache(folder)
    assert cache.load(name) == native and cache.load("another") is None
    # Native code that wasmtime would take, as another user can make it: without the key.
    other = CompiledCache(folder.parent / "other")
    other.store(name, native)
    cache.store("another", native)
    planted = [b"", b"damaged", native, bytes(32) + native, whole[:-1] + bytes([whole[-1] ^ 1])]
    planted += [entry(folder.parent / "other").read_bytes(), (folder / "another.cwasm").read_bytes()]
    (folder / "another.cwasm").unlink()
    for content in planted:
        file.write_bytes(content)
        assert cache.load(name) is None
    # Whatever it holds, the component is there, and the entry is whole again.
    Runtime().component(WASM)
    assert cache.load(name) is not None


def test_an_entry_of_another_wasmtime_is_compiled_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Runtime().component(WASM)
    cache, name = CompiledCache(folder), entry(folder).stem
    cache.store(name, b"what another version compiled")
    assert Runtime().component(WASM)
    found = cache.load(name)
    assert found and len(found) > 1_000_000


def test_nobody_else_can_read_what_is_stored(folder: Path) -> None:
    Runtime().component(WASM)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert sorted(one.stat().st_mode & 0o777 for one in folder.iterdir()) == [0o600, 0o600]


unix = pytest.mark.skipif(not hasattr(os, "geteuid"), reason="where files have owners")


@unix
@pytest.mark.parametrize("mode", [0o777, 0o770, 0o707, 0o722])
def test_a_folder_that_others_can_write_to_is_not_used_wherever_it_is_on_the_way(folder: Path, mode: int) -> None:
    (folder / "a").mkdir(parents=True)
    folder.chmod(mode)
    for one in (folder, folder / "a", folder / "new"):
        with pytest.raises(PermissionError):
            private_folder.create(one)
    assert not (folder / "new").exists()
    # The component is there all the same.
    assert Runtime().component(WASM)
    assert [one.name for one in folder.iterdir()] == ["a"]
    folder.chmod(0o1777)
    private_folder.create(folder / "a")
    with pytest.raises(PermissionError):
        private_folder.create(folder)


@unix
def test_a_link_is_followed_and_both_ways_are_checked(home: Path) -> None:
    opened, own = home / "open", home / "own"
    opened.mkdir()
    (own / "folder").mkdir(parents=True)
    (opened / "link").symlink_to(own / "folder")
    (own / "link").symlink_to(opened)
    private_folder.create(opened / "link")
    opened.chmod(0o777)
    for one in (opened / "link", own / "link"):
        with pytest.raises(PermissionError):
            private_folder.create(one)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can have folders of others")
def test_a_folder_of_another_user_is_refused(home: Path) -> None:
    other = home / "other"
    other.mkdir()
    os.chown(other, 12_345, 12_345)
    for one in (other, other / ".cache" / "logzio-soar"):
        with pytest.raises(PermissionError):
            private_folder.create(one)
    assert list(other.iterdir()) == []


@unix
def test_a_secret_that_others_can_read_or_that_is_a_link_is_refused(home: Path) -> None:
    file = home / "secret"
    file.write_bytes(bytes(32))

    def refused(one: Path) -> None:
        with pytest.raises(PermissionError):
            private_folder.read_secret(one, 32)

    for mode in (0o644, 0o640, 0o604, 0o620):
        file.chmod(mode)
        refused(file)
    file.chmod(0o600)
    assert private_folder.read_secret(file, 32) == bytes(32)
    with pytest.raises(OSError, match="short"):
        private_folder.read_secret(file, 33)
    (home / "link").symlink_to(file)
    refused(home / "link")
    os.link(file, home / "second")
    refused(file)


@unix
def test_a_user_without_a_folder_has_no_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found: Callable[[dict[str, str]], Path | None] = compiled_cache.user_folder
    monkeypatch.setenv("HOME", str(tmp_path))
    if sys.platform == "linux":
        assert found({}) == tmp_path / ".cache/logzio-soar/python"
        assert found({"XDG_CACHE_HOME": "/var/tmp"}) == Path("/var/tmp/logzio-soar/python")
        # A folder without a root would depend on where the process was started.
        assert found({"XDG_CACHE_HOME": "relative"}) == tmp_path / ".cache/logzio-soar/python"
    monkeypatch.setenv("HOME", "nowhere")
    assert found({}) is None
