"""The same calls through a runner, ``logzio-soar serve``, instead of a sandbox in this process.

For what ``wasmtime`` for Python cannot do: proxies, a company's own certificates, one allowed host. Needs the standard
library only. Knows HTTP, and no operation.
"""

from __future__ import annotations

import http.client
import ipaddress
import json
import re
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from functools import lru_cache
from typing import Any, NoReturn, TypeVar

from . import json_form, request_log
from .account import DEFAULT_TIME_BUDGET, GRACE, Account
from .contract import FUNCTIONS
from .errors import ComponentError, ContractError, InvalidConnection, LogzioSoarError

LARGEST_ANSWER = 256 << 20
"""How much of an answer is read, in bytes."""
_PROBLEM = "urn:logzio-soar:problem:"

T = TypeVar("T")


class RunnerError(LogzioSoarError):
    """The runner cannot be reached, does not want the call, or answers with something else."""


class RemoteLogzioSoar(Account):
    """A customer's Logz.io accounts, through a runner.

    Every method of :class:`LogzioSoar` does the same here. What is left out of the connection is what the runner's
    environment says, so the tokens may stay there.

    The logger ``logzio_soar.requests`` gets a record for each request to the runner. Which requests the runner sent to
    Logz.io for it is not among them.

    :param runner_url: where ``logzio-soar serve`` is, such as ``"https://runner.example:8700"``. Plain ``http`` is
        refused unless it is on a loopback address or ``verify`` is false: tokens would be readable on the way
    :param runner_token: the bearer token that it asks for, if it does
    :param verify: whether the runner's certificate has to be one that this machine trusts
    :param ca: certificates to trust for the runner besides, such as a company's own: the text of a PEM file
    """

    def __init__(
        self,
        runner_url: str,
        *,
        runner_token: str | None = None,
        verify: bool = True,
        ca: str | None = None,
        region: str | None = None,
        url: str | None = None,
        security_token: str | None = None,
        operations_token: str | None = None,
        time_budget: float = DEFAULT_TIME_BUDGET,
    ) -> None:
        super().__init__(region, url, security_token, operations_token, time_budget)
        self._runner = _checked(runner_url, verify)
        if runner_token is not None and not (runner_token.isascii() and runner_token.isprintable()):
            raise InvalidConnection("the runner's token holds characters that no token has: copy it again")
        self.__token = runner_token
        # No proxy: the runner is near, and a proxy of the environment is meant for the way to Logz.io. Nor what
        # http.client prints where its debuglevel is set for the process: the headers, and so the bearer token.
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}),
            urllib.request.HTTPHandler(debuglevel=0),
            urllib.request.HTTPSHandler(debuglevel=0, context=_context(verify, ca)),
            _NoRedirect(),
        )

    def __repr__(self) -> str:
        return f"RemoteLogzioSoar({self._runner}, {self._connection.endpoint})"

    def _call(self, interface: str, function: str, hint: type[T], *arguments: Any) -> T:
        _, parameters = FUNCTIONS[f"{interface}.{function}"]
        body = dict(zip(parameters, arguments))
        status, kind, answer = self._ask(function, json_form.to_json(body).encode())
        if status != 200:
            self._raise_problem(status, kind, answer)
        try:
            return json_form.from_json(hint, answer)
        except ValueError as error:
            self._strange(status, f"what is not the JSON form of the contract, of type {kind[:80] or 'unknown'}: {error}")

    def _ask(self, function: str, body: bytes) -> tuple[int, str, bytes]:
        headers = {"Content-Type": "application/json", "Accept": "application/json, application/problem+json"}
        if self.__token:
            headers["Authorization"] = f"Bearer {self.__token}"
        path = f"/v1/{function}"
        request = urllib.request.Request(f"{self._runner}{path}", body, headers, method="POST")
        began = time.monotonic()

        def log(status: int | None, failure: str | None, received: int) -> None:
            took = round((time.monotonic() - began) * 1000)
            request_log.log_request(
                request_log.SentRequest("POST", path, 1, status, failure, took, len(body), received)
            )

        try:
            try:
                # The runner's own grace for a call, and a moment for the way.
                answer = self._opener.open(request, timeout=self._seconds + 2 * GRACE)
            except urllib.error.HTTPError as error:  # a status besides 2xx, and an answer all the same
                answer = error
            with answer:
                content = answer.read(LARGEST_ANSWER + 1)
                status, kind = answer.status, answer.headers.get("Content-Type", "")
        except (OSError, http.client.HTTPException) as error:
            why = _why(getattr(error, "reason", None) or error)
            log(None, why, 0)
            raise RunnerError(
                f"the runner at {self._runner} did not answer: {why}. Check that logzio-soar serve runs there, "
                "that its address can be reached from here, and its certificate"
            ) from None
        log(status, None, len(content))
        if len(content) > LARGEST_ANSWER:
            raise RunnerError(
                f"the runner's answer is larger than {LARGEST_ANSWER >> 20} MiB: ask for fewer logs, or for fewer fields"
            )
        return status, kind, content

    def _raise_problem(self, status: int, kind: str, answer: bytes) -> NoReturn:
        try:
            document = json.loads(answer)
        except (ValueError, RecursionError):
            self._strange(status, f"what is no JSON, of type {kind[:80] or 'unknown'}")
        self._raise_error(status, document)

    def _raise_error(self, status: int, document: Any) -> NoReturn:
        kind = document.get("type") if isinstance(document, dict) else None
        if not isinstance(kind, str) or not kind.startswith(_PROBLEM):
            self._strange(status, "no problem document")
        if "case" in document:
            told = json.dumps({"case": document["case"], "value": document.get("value")})
            try:
                error = json_form.from_json(ContractError, told)
            except ValueError as wrong:
                self._strange(status, f"what the contract does not know: {wrong}")
            raise error
        name, detail = kind.removeprefix(_PROBLEM), str(document.get("detail") or document.get("title") or status)
        if name == "trap":
            raise ComponentError(detail)
        raise RunnerError(f"the runner at {self._runner} does not take the call ({name}): {detail}")

    def _strange(self, status: int, what: str) -> NoReturn:
        raise RunnerError(
            f"the runner at {self._runner} answered with the status {status} and {what}: "
            "check that the URL is that of logzio-soar serve, and that both are of one version"
        ) from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The tokens go where they were meant to go, and nowhere else."""

    def redirect_request(self, *_: Any) -> None:
        return None


def _checked(url: str, verify: bool) -> str:
    try:
        parts = urllib.parse.urlsplit(url.strip())
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urllib.parse.urlsplit("")
    if parts.scheme not in ("http", "https") or not host:
        raise InvalidConnection("the runner's URL is no URL: write, for example, https://runner.example:8700")
    if parts.username or parts.password or parts.query or parts.fragment:
        raise InvalidConnection("the runner's URL holds more than an address: give a token as the runner's token")
    if parts.scheme == "http" and verify and not _is_loopback(host):
        raise InvalidConnection(
            f"the tokens would be readable on the way to http://{parts.netloc}: start logzio-soar serve with --tls-cert "
            "and --tls-key and write https, or say that certificates need not be verified"
        )
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


@lru_cache(maxsize=8)
def _context(verify: bool, ca: str | None) -> ssl.SSLContext:
    """What connections check. Reading the certificates of the machine takes longer than a call."""
    context = ssl.create_default_context()
    if ca is not None:
        try:
            context.load_verify_locations(cadata=_pem(ca))
        except (ssl.SSLError, ValueError):
            # Without the text, which may be a key.
            raise InvalidConnection(
                "the certificates to trust for the runner cannot be read: give the text of a PEM file, from "
                "-----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----"
            ) from None
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _pem(text: str) -> str:
    """Certificates as PEM. A panel may have made spaces of their line breaks."""
    bodies = re.findall(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----", text)
    if not bodies:
        raise ValueError("no certificate")
    lines = (["-----BEGIN CERTIFICATE-----", *body.split(), "-----END CERTIFICATE-----"] for body in bodies)
    return "".join(f"{line}\n" for one in lines for line in one)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _why(reason: object) -> str:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {reason.verify_message}"
    if isinstance(reason, TimeoutError):
        return "nothing came in time"
    if isinstance(reason, OSError) and reason.strerror:
        return reason.strerror
    return str(reason)[:200] or type(reason).__name__
