"""Values of the contract: to and from those of ``wasmtime``, and the JSON form. Driven by the types in ``contract``."""

from __future__ import annotations

import dataclasses
import types
import typing
from enum import Enum
from functools import cache
from typing import Any

from . import contract
from .contract import Case
from .errors import CONTRACT_ERRORS, ComponentUnusable, ContractError, RateLimited, ServerError
from .sandbox import Record, Variant


def to_component(value: Any) -> Any:
    """A value as ``wasmtime`` takes it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Case):
        return Variant(value.case, to_component(_payload(value)))
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        record = Record()
        for field in dataclasses.fields(value):
            setattr(record, field.name.replace("_", "-"), to_component(getattr(value, field.name)))
        return record
    if isinstance(value, tuple):
        return tuple(to_component(one) for one in value)
    if isinstance(value, list):
        return [to_component(one) for one in value]
    return value


def from_component(hint: Any, value: Any) -> Any:
    """A value that ``wasmtime`` returned, as the type ``hint`` has it."""
    return _build(hint, value, _of_component)


def to_json(value: Any) -> Any:
    """The JSON form of a value."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, ContractError):
        return {"case": value.case, "value": _error_payload(value)}
    if isinstance(value, Case):
        return {"case": value.case, "value": to_json(_payload(value))}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: to_json(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, (list, tuple)):
        return [to_json(one) for one in value]
    return value


def from_json(hint: Any, value: Any) -> Any:
    """A value in the JSON form, as the type ``hint`` has it.

    Raises ``ValueError`` with the place of what does not fit.
    """
    return _build(hint, value, _of_json)


def error_of_component(value: Variant) -> ContractError:
    """The exception for a case of ``types.error``."""
    return _error(value.tag, value.payload, _of_component)


def _payload(case: Case) -> Any:
    return getattr(case, "value")


def _error_payload(error: ContractError) -> Any:
    if isinstance(error, RateLimited):
        return error.retry_after_ms
    if isinstance(error, ServerError):
        return {"status": error.status, "message": error.message}
    return error.text


class _Form(typing.Protocol):
    """How records and variants are written."""

    def member(self, record: Any, name: str, is_optional: bool) -> Any:
        """A field of a record."""

    def tagged(self, value: Any) -> tuple[str, Any]:
        """A case and its payload."""


class _OfComponent:
    def member(self, record: Any, name: str, is_optional: bool) -> Any:
        return getattr(record, name.replace("_", "-"))

    def tagged(self, value: Any) -> tuple[str, Any]:
        return value.tag, value.payload


class _OfJson:
    def member(self, record: Any, name: str, is_optional: bool) -> Any:
        if not isinstance(record, dict):
            raise ValueError("an object is expected")
        if name not in record and not is_optional:
            raise ValueError(f"{name} is missing")
        return record.get(name)

    def tagged(self, value: Any) -> tuple[str, Any]:
        if not isinstance(value, dict) or not isinstance(value.get("case"), str) or set(value) - {"case", "value"}:
            raise ValueError('an object with "case" and "value" is expected')
        return value["case"], value.get("value")


_of_component = _OfComponent()
_of_json = _OfJson()


@cache
def _fields(record: type) -> list[tuple[str, Any]]:
    hints = typing.get_type_hints(record, vars(contract))
    return [(field.name, hints[field.name]) for field in dataclasses.fields(record)]


def _is_optional(hint: Any) -> bool:
    return type(None) in typing.get_args(hint)


def _build(hint: Any, value: Any, form: _Form) -> Any:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        if value is None and type(None) in arguments:
            return None
        kinds = [kind for kind in arguments if kind is not type(None)]
        if all(isinstance(kind, type) and issubclass(kind, Case) for kind in kinds):
            tag, payload = form.tagged(value)
            for kind in kinds:
                if kind.case == tag:
                    return kind(_build(dict(_fields(kind))["value"], payload, form))
            raise ValueError(f"{tag!r} is no case; there are {', '.join(kind.case for kind in kinds)}")
        return _build(kinds[0], value, form)
    if origin is list:
        if not isinstance(value, list):
            raise ValueError("an array is expected")
        return [_at(f"[{place}]", arguments[0], one, form) for place, one in enumerate(value)]
    if origin is tuple:
        if not isinstance(value, (list, tuple)) or len(value) != len(arguments):
            raise ValueError(f"an array of {len(arguments)} is expected")
        return tuple(_build(kind, one, form) for kind, one in zip(arguments, value))
    if isinstance(hint, type) and issubclass(hint, ContractError):
        tag, payload = form.tagged(value)
        return _error(tag, payload, form)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        fields = _fields(hint)
        if isinstance(value, dict) and (unknown := set(value) - {name for name, _ in fields}):
            raise ValueError(f"{min(unknown)} is no field; there are {', '.join(name for name, _ in fields)}")
        return hint(
            **{name: _at(f".{name}", kind, form.member(value, name, _is_optional(kind)), form) for name, kind in fields}
        )
    if isinstance(hint, type) and (not isinstance(value, hint) or (hint is int and isinstance(value, bool))):
        raise ValueError(f"{'a number' if hint is int else 'true or false' if hint is bool else 'a text'} is expected")
    return value


def _at(place: str, hint: Any, value: Any, form: _Form) -> Any:
    try:
        return _build(hint, value, form)
    except ValueError as error:
        text = str(error)
        raise ValueError(f"{place}{text}" if text.startswith((".", "[")) else f"{place}: {text}") from None


def _error(case: str, payload: Any, form: _Form) -> ContractError:
    kind = CONTRACT_ERRORS.get(case)
    if kind is None:
        raise ComponentUnusable(f"the component failed with {case!r}, which this package does not know: upgrade it")
    if kind is ServerError:
        return ServerError(form.member(payload, "status", False), form.member(payload, "message", False))
    return kind(payload)
