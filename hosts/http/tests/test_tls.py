"""`serve` with a certificate: its clients know whom they call, and files that cannot be used are named with what to do."""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from conftest import COMMAND
from serving import bare

TOKEN = "a-token-for-the-tests-0123456789"


class Pair:
    """A certificate for localhost, and its key."""

    def __init__(self, folder: Path, name: str) -> None:
        self.certificate, self.key = folder / f"{name}.crt", folder / f"{name}.key"
        command = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        command += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
        command += ["-keyout", str(self.key), "-out", str(self.certificate)]
        subprocess.run(command, check=True, capture_output=True)
        self.key.chmod(0o600)


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return Pair(tmp_path, "one")


def serve(*flags: str) -> list[str]:
    return [COMMAND, "serve", "--listen", "127.0.0.1:0", "--config", os.devnull, *flags]


def refused(*flags: str) -> tuple[int, str]:
    """The exit code and the message of a service that does not start."""
    environment = bare({"LOGZIO_SOAR_SERVE_TOKEN": TOKEN})
    result = subprocess.run(serve(*flags), env=environment, capture_output=True, text=True, timeout=120, check=False)
    return result.returncode, result.stderr


def test_clients_that_trust_the_certificate_are_answered(pair: Pair, tmp_path: Path) -> None:
    pair.key.chmod(0o644)
    log = (tmp_path / "log").open("w+")
    flags = ["--tls-cert", str(pair.certificate), "--tls-key", str(pair.key)]
    environment = bare({"LOGZIO_SOAR_SERVE_TOKEN": TOKEN})
    with subprocess.Popen(serve(*flags), env=environment, stdout=subprocess.PIPE, stderr=log, text=True) as service:
        try:
            assert service.stdout is not None
            line = service.stdout.readline().strip()
            assert line.startswith("logzio-soar is at https://127.0.0.1:")
            url = line.removeprefix("logzio-soar is at ")
            trusting = ssl.create_default_context(cafile=str(pair.certificate))
            with urllib.request.urlopen(f"{url}/healthz", context=trusting, timeout=30) as answer:
                assert answer.status == 200
            headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"}
            request = urllib.request.Request(f"{url}/v1/describe", b"{}", headers)
            with urllib.request.urlopen(request, context=trusting, timeout=30) as answer:
                assert json.load(answer)["commands"]
            with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
                urllib.request.urlopen(f"{url}/healthz", timeout=30)
            with pytest.raises((OSError, http.client.HTTPException)):
                urllib.request.urlopen(f"{url.replace('https', 'http')}/healthz", timeout=30)
        finally:
            service.terminate()
    log.seek(0)
    written = log.read()
    assert f"other users can read {pair.key}, and it holds a private key: run chmod 600" in written
    assert "/v1/describe 200" in written and TOKEN not in written


def test_files_that_cannot_be_used_are_named_with_what_to_do(pair: Pair, tmp_path: Path) -> None:
    other, nothing, none = Pair(tmp_path, "other"), tmp_path / "nothing.pem", tmp_path / "none.pem"
    nothing.write_text("no PEM", encoding="utf-8")
    locked = tmp_path / "locked.key"
    subprocess.run(
        ["openssl", "pkey", "-in", str(pair.key), "-aes256", "-passout", "pass:secret", "-out", str(locked)],
        check=True,
        capture_output=True,
    )
    locked.chmod(0o600)
    for certificate, key, code, texts in [
        (none, pair.key, 7, [f"--tls-cert {none}: ", "name a PEM file"]),
        (pair.certificate, none, 7, [f"--tls-key {none}: ", "name a PEM file"]),
        (nothing, pair.key, 2, [f"--tls-cert {nothing}: it holds no certificate", "BEGIN CERTIFICATE"]),
        (pair.key, pair.key, 2, [f"--tls-cert {pair.key}: it holds no certificate"]),
        (pair.certificate, nothing, 2, [f"--tls-key {nothing}: it holds no private key"]),
        (pair.certificate, locked, 2, [f"--tls-key {locked}: its key has a passphrase", "openssl pkey"]),
        (pair.certificate, other.key, 2, [f"--tls-key {other.key}: it is not the key of the first certificate"]),
    ]:
        found, message = refused("--tls-cert", str(certificate), "--tls-key", str(key))
        assert found == code, message
        for text in texts:
            assert text in " ".join(message.split()), message


def test_a_certificate_needs_its_key_and_the_other_way_round(pair: Pair) -> None:
    for given, needed in [(("--tls-cert", str(pair.certificate)), "--tls-key"), (("--tls-key", str(pair.key)), "--tls-cert")]:
        code, message = refused(*given)
        assert code == 2 and needed in message


def test_a_renewed_certificate_is_taken_at_sighup_and_a_broken_one_is_not(pair: Pair, tmp_path: Path) -> None:
    renewed = Pair(tmp_path, "renewed")
    flags = ["--tls-cert", str(pair.certificate), "--tls-key", str(pair.key)]
    old, log = pair.certificate.read_text(encoding="utf-8"), tmp_path / "log"
    with log.open("w") as file, subprocess.Popen(
        serve(*flags), env=bare({"LOGZIO_SOAR_SERVE_TOKEN": TOKEN}), stdout=subprocess.PIPE, stderr=file, text=True
    ) as service:
        assert service.stdout is not None

        def hang_up_until(text: str) -> None:
            service.send_signal(signal.SIGHUP)
            end = time.monotonic() + 30
            while text not in log.read_text(encoding="utf-8"):
                assert time.monotonic() < end, log.read_text(encoding="utf-8")
                time.sleep(0.05)

        def is_trusted_by(certificates: str) -> bool:
            try:
                context = ssl.create_default_context(cadata=certificates)
                with urllib.request.urlopen(f"{url}/healthz", context=context, timeout=30) as answer:
                    return bool(answer.status == 200)
            except urllib.error.URLError as error:
                assert isinstance(error.reason, ssl.SSLCertVerificationError)
                return False

        try:
            url = service.stdout.readline().strip().removeprefix("logzio-soar is at ")
            pair.certificate.write_text("cut off", encoding="utf-8")
            hang_up_until("the certificate stays as it was: --tls-cert")
            assert is_trusted_by(old)
            pair.certificate.write_bytes(renewed.certificate.read_bytes())
            pair.key.write_bytes(renewed.key.read_bytes())
            hang_up_until("the certificate was read again")
            assert is_trusted_by(renewed.certificate.read_text(encoding="utf-8")) and not is_trusted_by(old)
        finally:
            service.terminate()
