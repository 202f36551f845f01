"""The built pack in XSOAR's own image for Python, which has neither the package nor wasmtime: through a runner with TLS.

``check`` runs these tests in an environment of their own, which has what that image has, and says so with XSOAR_PLAIN_IMAGE.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import COMMAND, HERE, Simulated
from demistomock import FetchFailed, Server

sys.path.insert(0, str(HERE))
from lay_out import IMAGE, lay_out  # noqa: E402

trustme = pytest.importorskip("trustme", reason="makes the certificates of the tests")
BEARER = "bearer-of-the-runner-0123456789"


@dataclass
class Runner:
    """Where it is, the certificate of its authority, and what it wrote."""

    url: str
    authority: str
    written: list[str]

    def params(self, simulated: Simulated, **more: Any) -> dict[str, Any]:
        own = {"runner_url": self.url, "runner_credentials": {"identifier": "", "password": BEARER}}
        return simulated.params(**own | more)


@contextmanager
def running(simulated: Simulated, folder: Path, *flags: str) -> Iterator[Runner]:
    authority = trustme.CA()
    made = authority.issue_cert("localhost")
    certificates, key, bearer = folder / "cert.pem", folder / "key.pem", folder / "bearer"
    certificates.write_bytes(b"".join(one.bytes() for one in made.cert_chain_pems))
    key.write_bytes(made.private_key_pem.bytes())
    bearer.write_text(BEARER, encoding="utf-8")
    for secret in (key, bearer):
        secret.chmod(0o600)
    command = [COMMAND, "serve", "--listen", "127.0.0.1:0", "--allow-url", simulated.url, "--config", os.devnull]
    command += ["--tls-cert", str(certificates), "--tls-key", str(key), "--bearer-token-file", str(bearer), *flags]
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment) as process:
        assert process.stdout is not None
        written: list[str] = []
        port = None
        for line in process.stdout:
            written.append(line)
            if port := re.search(r"https://127\.0\.0\.1:(\d+)", line):
                break
        assert port, "".join(written)
        threading.Thread(target=lambda: written.extend(process.stdout), daemon=True).start()  # type: ignore[arg-type]
        try:
            yield Runner(f"https://localhost:{port[1]}", authority.cert_pem.bytes().decode(), written)
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def runner_with_tls(simulated: Simulated, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    with running(simulated, tmp_path_factory.mktemp("tls")) as one:
        yield one


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built script: that of the zip in XSOAR_ZIP, or one that is laid out here."""
    folder = tmp_path_factory.mktemp("content")
    if "XSOAR_ZIP" not in os.environ:
        return lay_out(folder, in_place=True, image=IMAGE) / "Integrations/LogzioSoar/LogzioSoar.py"
    with zipfile.ZipFile(os.environ["XSOAR_ZIP"]) as archive:
        (name,) = [name for name in archive.namelist() if name.startswith("Integrations/") and name.endswith(".yml")]
        manifest = archive.read(name)
    # A server puts its common functions in front of a script, whose own imports of them demisto-sdk took away.
    text = "import demistomock as demisto\nfrom CommonServerPython import *\n" + yaml.safe_load(manifest)["script"]["script"]
    (folder / "script.yml").write_bytes(manifest)
    (folder / "script.py").write_text(text, encoding="utf-8")
    return folder / "script.py"


@pytest.fixture(autouse=True)
def new_container() -> None:
    """A process in which the script did not run before."""
    for name in [name for name in sys.modules if name.startswith("logzio_soar_")]:
        del sys.modules[name]


@pytest.mark.skipif("XSOAR_PLAIN_IMAGE" not in os.environ, reason="not in the environment that stands for the image")
def test_the_image_has_nothing_of_ours() -> None:
    assert not importlib.util.find_spec("logzio_soar") and not importlib.util.find_spec("wasmtime")
    assert all(importlib.util.find_spec(name) for name in ("dateparser", "requests", "urllib3"))


def drained(server: Server) -> list[str]:
    ids: list[str] = []
    while found := server.fetch():
        ids += [one["dbotMirrorId"] for one in found]
    return ids


def test_it_does_all_of_its_work_through_a_runner_with_a_private_authority(
    simulated: Simulated, runner_with_tls: Runner, script: Path
) -> None:
    params = runner_with_tls.params(simulated, runner_certificate=runner_with_tls.authority, fetch_time="1 day")
    server = Server(params, script=script)
    assert server.test() == "ok"
    ids = drained(server)
    assert len(ids) > 200 and len(set(ids)) == len(ids)
    server.run("logzio-search-logs", query="type:falco", size="20", from_time="-2d")
    assert len(server.context.get("Logzio.Result")) == 20
    server.run("logzio-get-logs-by-event-id", id=ids[0])
    server.run("logzio-find-fields", from_time="-2d")
    server.run("logzio-hunt-indicators", user="grace", from_time="-1d")
    assert server.context.get("Logzio.Hunt")[0]["Hits"] > 0
    server.run("logzio-reset-fetch", start="2 hours ago")
    assert 0 < len(drained(server)) < 100
    # What Logz.io refuses arrives as the contract's error.
    (entry,) = server.run("logzio-search-logs", query="*shell")
    assert "query-rejected" in entry["Contents"] and "wildcard" in entry["Contents"]


def test_tokens_may_stay_with_the_runner_and_an_error_says_so(
    simulated: Simulated, runner_with_tls: Runner, script: Path
) -> None:
    params = runner_with_tls.params(simulated, runner_certificate=runner_with_tls.authority, security_credentials=None)
    expected = "'API token of the Security account' or LOGZIO_SECURITY_TOKEN in the environment of the runner"
    with pytest.raises(FetchFailed, match=expected):
        Server(params, script=script).fetch()


def test_the_authority_may_come_from_xsoar(
    simulated: Simulated, runner_with_tls: Runner, script: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # So XSOAR tells its containers of the certificates that an administrator added.
    (tmp_path / "ca.pem").write_text(runner_with_tls.authority, encoding="utf-8")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    assert Server(runner_with_tls.params(simulated, fetch_time="1 hour"), script=script).fetch()


def test_a_panel_may_make_spaces_of_the_line_breaks_of_a_certificate(
    simulated: Simulated, runner_with_tls: Runner, script: Path
) -> None:
    flat = " ".join(runner_with_tls.authority.split("\n"))
    assert Server(runner_with_tls.params(simulated, runner_certificate=flat, fetch_time="1 hour"), script=script).fetch()


@pytest.mark.parametrize("certificate", ["", trustme.CA().cert_pem.bytes().decode()], ids=["none", "another"])
def test_a_runner_that_is_not_trusted_gets_no_token(
    simulated: Simulated, runner_with_tls: Runner, script: Path, certificate: str
) -> None:
    server = Server(runner_with_tls.params(simulated, runner_certificate=certificate), script=script)
    with pytest.raises(FetchFailed, match="its certificate is not trusted"):
        server.fetch()
    assert server.last_run == {} and server.incidents == []


def test_a_wrong_bearer_token_is_refused(simulated: Simulated, runner_with_tls: Runner, script: Path) -> None:
    params = runner_with_tls.params(simulated, runner_certificate=runner_with_tls.authority)
    server = Server(params | {"runner_credentials": {"password": "canary-of-a-token"}}, script=script)
    with pytest.raises(FetchFailed, match="not-authorized") as raised:
        server.fetch()
    assert "canary" not in str(raised.value)


def test_without_a_runner_the_error_shows_both_ways(simulated: Simulated, script: Path) -> None:
    if importlib.util.find_spec("logzio_soar"):
        pytest.skip("this environment has the package")
    with pytest.raises(FetchFailed, match=r"'Runner URL' is empty.*an image with the package"):
        Server(simulated.params(), script=script).fetch()


def test_debug_mode_shows_requests_and_no_token(simulated: Simulated, runner_with_tls: Runner, script: Path) -> None:
    params = runner_with_tls.params(simulated, runner_certificate=runner_with_tls.authority, fetch_time="1 hour")
    server = Server(params, script=script)
    server.debug_mode = True
    server.fetch()
    # demisto-sdk adds a line with the version of the pack.
    (shown,) = [one for one in server.shown if one.startswith("Logz.io: ")]
    assert "POST /v1/fetch-incidents: 200" in shown
    for token in (BEARER, simulated.security_token, simulated.operations_token):
        assert token not in "".join(server.shown + server.logged + runner_with_tls.written)


def test_a_command_after_the_first_costs_next_to_nothing(simulated: Simulated, runner_with_tls: Runner, script: Path) -> None:
    params = runner_with_tls.params(simulated, runner_certificate=runner_with_tls.authority, fetch_time="1 hour")
    server = Server(params, script=script)
    took = []
    for _ in range(5):
        began = time.process_time()
        server.fetch()
        took.append(time.process_time() - began)
    made = [name for name in sys.modules if re.fullmatch(r"logzio_soar_[0-9a-f]{16}", name)]
    assert len(made) == 1 and min(took[1:]) < 0.1, took
    print("CPU of fetches through a runner:", [f"{one:.3f} s" for one in took])
