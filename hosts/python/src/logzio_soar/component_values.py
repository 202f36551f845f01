"""Values of the contract to and from those of ``wasmtime``. Driven by the types in ``contract``."""

from __future__ import annotations

import dataclasses
import typing
from enum import Enum
from typing import Any

from . import values
from .contract import Case, JsonText, TimeText
from .errors import ContractError
from .sandbox import Record, Variant


def to_component(value: Any) -> Any:
    """A value as ``wasmtime`` takes it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Case):
        return Variant(value.case, to_component(value.value))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        record = Record()
        for member in values.members(type(value)):
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
    if values.is_optional(hint):
        return None if value is None else from_component(values.required(hint), value)
    if known := values.cases(hint):
        if value.tag not in known:
            raise ValueError(f"{value.tag!r} is no case; there are {', '.join(known)}")
        return known[value.tag](from_component(values.payload_hint(known[value.tag]), value.payload))
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
            for member in values.members(hint)
        }
        return hint(**given)
    if not isinstance(value, hint):
        raise ValueError(f"a {type(value).__name__} where a {hint.__name__} belongs")
    return value


def error_of_component(value: Variant) -> ContractError:
    """The exception for a case of ``types.error``."""
    return values.error_of(value.tag, value.payload)
