"""The accounts through the component in a sandbox of this process."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from . import component_values, request_log
from .account import DEFAULT_TIME_BUDGET, GRACE, Account
from .contract import Connection
from .errors import ComponentUnusable
from .sandbox import MEMORY_LIMIT, ComponentSource, Sandbox, Variant

ENVIRONMENT = ("LOGZIO_REGION", "LOGZIO_URL", "LOGZIO_SECURITY_TOKEN", "LOGZIO_OPERATIONS_TOKEN")
"""The variables that a connection is filled up from; the component sees no others."""

T = TypeVar("T")


class LogzioSoar(Account):
    """A customer's Logz.io accounts, through the component in a sandbox.

    Safe to use from any number of threads: every call has an instance of its own. One token is enough for what it
    serves. What is left out is read from ``LOGZIO_REGION`` or ``LOGZIO_URL``, ``LOGZIO_SECURITY_TOKEN`` and
    ``LOGZIO_OPERATIONS_TOKEN``.

    :param region: a region code, such as ``"us"`` or ``"eu"``
    :param url: the base URL of the API, instead of a region
    :param time_budget: how long one call may take, retries included, in seconds, 1 to 600
    :param memory_limit: how much memory one call may take, in bytes
    :param component: another component than the one in this package: a file, or its bytes
    :param environment: what the component sees of the environment, instead of those four variables of the process
    """

    def __init__(
        self,
        *,
        region: str | None = None,
        url: str | None = None,
        security_token: str | None = None,
        operations_token: str | None = None,
        time_budget: float = DEFAULT_TIME_BUDGET,
        memory_limit: int = MEMORY_LIMIT,
        component: ComponentSource | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(region, url, security_token, operations_token, time_budget)
        self._environment = environment
        self._sandbox = Sandbox(component, memory_limit)

    def __repr__(self) -> str:
        return f"LogzioSoar({self._connection.endpoint})"

    def _call(self, interface: str, function: str, hint: type[T], *arguments: Any) -> T:
        environment = self._environment
        if environment is None:
            environment = {name: value for name in ENVIRONMENT if (value := os.environ.get(name))}
        return invoke(self._sandbox, interface, function, hint, arguments, environment, self._seconds + GRACE)


def invoke(
    sandbox: Sandbox,
    interface: str,
    function: str,
    hint: type[T],
    arguments: Sequence[Any],
    environment: Mapping[str, str],
    seconds: float,
) -> T:
    """Calls a function with values of ``contract``; ``hint`` is what it returns. Raises what it fails with."""
    on_line = None
    if request_log.is_wanted():
        tokens = request_log.tokens_of(environment)
        for one in arguments:
            if isinstance(one, Connection):
                tokens += filter(None, (one.security_token, one.operations_token))
        environment = {**environment, **dict([request_log.VARIABLE])}
        on_line = request_log.RequestLog(tokens).log
    given = [component_values.to_component(one) for one in arguments]
    raw = sandbox.call(interface, function, given, environment, seconds, on_line)
    if isinstance(raw, Variant):
        # No function returns a variant but in place of its result.
        raise component_values.error_of_component(raw)
    try:
        result: T = component_values.from_component(hint, raw)
    except (ValueError, AttributeError) as error:
        raise ComponentUnusable(
            f"{function} returned what the contract does not know: {error}; take the component of this package"
        ) from None
    return result
