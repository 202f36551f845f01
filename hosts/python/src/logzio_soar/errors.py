"""What can go wrong: the errors of the contract, one class for each case, and those of the sandbox around it.

No text holds a token, and each ends with what to do.
"""

from __future__ import annotations

from typing import ClassVar


class LogzioSoarError(Exception):
    """Any failure of this package."""


class ContractError(LogzioSoarError):
    """An error that the component told. The classes below say which."""

    case: ClassVar[str] = ""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class InvalidConnection(ContractError):
    """The connection lacks something, or is malformed. Nothing was sent."""

    case = "invalid-connection"


class InvalidArgument(ContractError):
    """An argument is outside its range. Nothing was sent."""

    case = "invalid-argument"


class Unauthorized(ContractError):
    """Logz.io does not accept the token."""

    case = "unauthorized"


class WrongRegion(ContractError):
    """The token is of an account in another region."""

    case = "wrong-region"


class WrongAccount(ContractError):
    """The token's kind of account does not serve the operation."""

    case = "wrong-account"


class QueryRejected(ContractError):
    """Logz.io refused the query, or would."""

    case = "query-rejected"


class RateLimited(ContractError):
    """Logz.io asked for fewer requests until the time budget was spent."""

    case = "rate-limited"

    def __init__(self, retry_after_ms: int | None) -> None:
        wait = "a minute" if retry_after_ms is None else f"{retry_after_ms / 1000:g} s"
        super().__init__(f"Logz.io asks for fewer requests: try again in {wait}")
        self.retry_after_ms = retry_after_ms
        """How long to wait, in milliseconds, if Logz.io said so."""


class TimedOut(ContractError):
    """No complete answer arrived within the time budget."""

    case = "timed-out"


class Unreachable(ContractError):
    """Name resolution, connecting or TLS failed."""

    case = "unreachable"


class ServerError(ContractError):
    """Logz.io failed, or answered with a status that nothing else covers."""

    case = "server"

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"Logz.io answered with the status {status}: {message}")
        self.status = status
        """The HTTP status."""
        self.message = message
        """What Logz.io said, and what to do about it."""


class MalformedResponse(ContractError):
    """The answer is not what the Logz.io API promises."""

    case = "malformed-response"


class ComponentError(LogzioSoarError):
    """The component failed, or was stopped. The process lives on, and the next call has a sandbox of its own."""


class ComponentUnusable(ComponentError):
    """The file is no component of this contract."""


class DeadlineExceeded(ComponentError):
    """The component did not come back in time, and was stopped."""


class WasmtimeTooOld(LogzioSoarError):
    """The installed ``wasmtime`` cannot offer HTTP to a component."""


CONTRACT_ERRORS: dict[str, type[ContractError]] = {
    error.case: error
    for error in (
        InvalidConnection,
        InvalidArgument,
        Unauthorized,
        WrongRegion,
        WrongAccount,
        QueryRejected,
        RateLimited,
        TimedOut,
        Unreachable,
        ServerError,
        MalformedResponse,
    )
}
"""The classes by the names of their cases."""
