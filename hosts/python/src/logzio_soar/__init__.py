"""Logz.io Cloud SIEM: incidents exactly once, log search over any range, and indicator hunting.

The work is done by a WebAssembly component in a sandbox, which this package carries. Start with :class:`LogzioSoar`.
"""

from .client import LogzioSoar
from .contract import (
    Check,
    Failed,
    HuntReport,
    Incident,
    IncidentPage,
    Indicator,
    IndicatorKind,
    Integration,
    Log,
    LogPage,
    Order,
    Passed,
    Severity,
    Sighting,
    Skipped,
)
from .errors import (
    ComponentError,
    ComponentUnusable,
    ContractError,
    DeadlineExceeded,
    InvalidArgument,
    InvalidConnection,
    LogzioSoarError,
    MalformedResponse,
    QueryRejected,
    RateLimited,
    ServerError,
    TimedOut,
    Unauthorized,
    Unreachable,
    WasmtimeTooOld,
    WrongAccount,
    WrongRegion,
)
from .remote import RemoteLogzioSoar, RunnerError

__version__ = "0.1.0"

__all__ = [
    "Check",
    "ComponentError",
    "ComponentUnusable",
    "ContractError",
    "DeadlineExceeded",
    "Failed",
    "HuntReport",
    "Incident",
    "IncidentPage",
    "Indicator",
    "IndicatorKind",
    "Integration",
    "InvalidArgument",
    "InvalidConnection",
    "Log",
    "LogPage",
    "LogzioSoar",
    "LogzioSoarError",
    "MalformedResponse",
    "Order",
    "Passed",
    "QueryRejected",
    "RateLimited",
    "RemoteLogzioSoar",
    "RunnerError",
    "ServerError",
    "Severity",
    "Sighting",
    "Skipped",
    "TimedOut",
    "Unauthorized",
    "Unreachable",
    "WasmtimeTooOld",
    "WrongAccount",
    "WrongRegion",
]
