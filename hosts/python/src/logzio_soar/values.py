"""The types of ``contract``, taken apart: fields, cases, errors. What its JSON form and its component form are driven by."""

from __future__ import annotations

import dataclasses
import types
import typing
from functools import cache
from typing import Any

from . import contract
from .contract import CONTRACT_NAME, Case
from .errors import CONTRACT_ERRORS, ComponentUnusable, ContractError, RateLimited, ServerError


@dataclasses.dataclass(frozen=True)
class Member:
    """A field of a record."""

    attribute: str
    """Its name in the dataclass."""
    name: str
    """Its name in the contract, with ``_`` for ``-``."""
    hint: Any
    """Its type."""


def members(record: Any) -> list[Member]:
    """The fields of a record, or of a case of a variant."""
    return _members(record)


@cache
def _members(record: Any) -> list[Member]:
    hints = typing.get_type_hints(record, vars(contract))
    return [
        Member(field.name, field.metadata.get(CONTRACT_NAME, field.name), hints[field.name])
        for field in dataclasses.fields(record)
    ]


@cache
def cases(hint: Any) -> dict[str, type[Case]]:
    """The cases of a variant by their names in the contract; none if ``hint`` is no variant."""
    kinds = [kind for kind in typing.get_args(hint) if kind is not type(None)]
    if is_union(hint) and all(isinstance(kind, type) and issubclass(kind, Case) for kind in kinds):
        return {kind.case: kind for kind in kinds}
    return {}


def is_union(hint: Any) -> bool:
    """Whether a type is one of several, or may be ``None``."""
    return typing.get_origin(hint) in (types.UnionType, typing.Union)


def is_optional(hint: Any) -> bool:
    """Whether a value may be ``None``."""
    return is_union(hint) and type(None) in typing.get_args(hint)


def required(hint: Any) -> Any:
    """A type without ``None``."""
    left = [kind for kind in typing.get_args(hint) if kind is not type(None)]
    return typing.Union[tuple(left)]


def error_of(case: str, payload: Any) -> ContractError:
    """The exception for a case of ``types.error``."""
    kind = CONTRACT_ERRORS.get(case)
    if kind is None:
        raise ComponentUnusable(f"the component failed with {case!r}, which this package does not know: upgrade it")
    return ServerError(payload.status, payload.message) if kind is ServerError else kind(payload)


def error_payload(error: ContractError) -> Any:
    """What a case of ``types.error`` holds."""
    if isinstance(error, RateLimited):
        return error.retry_after_ms
    if isinstance(error, ServerError):
        return {"status": error.status, "message": error.message}
    return error.text


def payload_hint(case: type[Case]) -> Any:
    """The type of what a case holds."""
    return next(member.hint for member in members(case) if member.name == "value")
