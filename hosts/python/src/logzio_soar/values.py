"""Values of the contract to and from those of ``wasmtime``. Driven by the types in ``contract``."""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from functools import cache
from typing import Any

from . import contract
from .contract import CONTRACT_NAME, Case, JsonText, TimeText
from .errors import CONTRACT_ERRORS, ComponentUnusable, ContractError, RateLimited, ServerError
from .sandbox import Record, Variant


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


def to_component(value: Any) -> Any:
    """A value as ``wasmtime`` takes it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Case):
        return Variant(value.case, to_component(value.value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        record = Record()
        for member in members(type(value)):
            setattr(record, member.name.replace("_", "-"), to_component(getattr(value, member.attribute)))
        return record
    if isinstance(value, dict):
        return [(to_component(key), to_component(one)) for key, one in value.items()]
    if isinstance(value, list):
        return [to_component(one) for one in value]
    return value


def from_component(hint: Any, value: Any) -> Any:
    """A value that ``wasmtime`` returned, as the type ``hint`` has it.

    Raises ``ValueError`` or ``AttributeError`` if it is of another type.
    """
    if is_optional(hint):
        return None if value is None else from_component(required(hint), value)
    if known := cases(hint):
        if value.tag not in known:
            raise ValueError(f"{value.tag!r} is no case; there are {', '.join(known)}")
        return known[value.tag](from_component(payload_hint(known[value.tag]), value.payload))
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is list:
        return [from_component(arguments[0], one) for one in value]
    if origin is dict:
        return {from_component(arguments[0], key): from_component(arguments[1], one) for key, one in value}
    if hint in (JsonText, TimeText):
        return from_component(str, value)
    if hint is ContractError:
        return error_of_component(value)
    if issubclass(hint, Enum):
        return hint(value)
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        given = {
            member.attribute: from_component(member.hint, getattr(value, member.name.replace("_", "-")))
            for member in members(hint)
        }
        return hint(**given)
    if not isinstance(value, hint):
        raise ValueError(f"a {type(value).__name__} where a {hint.__name__} belongs")
    return value


def error_of_component(value: Variant) -> ContractError:
    """The exception for a case of ``types.error``."""
    return error_of(value.tag, value.payload)
