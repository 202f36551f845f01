"""The JSON form of the contract's values: as text, in which no number loses a digit. Driven by the types in ``contract``."""

from __future__ import annotations

import dataclasses
import re
import typing
from collections.abc import Callable, Iterable
from enum import Enum
from typing import Any, TypeVar

from . import json_text, values
from .contract import Case, JsonText, TimeText
from .errors import CONTRACT_ERRORS, ContractError, RateLimited, ServerError

T = TypeVar("T")

_SPACE = re.compile(r"[ \t\n\r]*")
_LARGEST = 2**32 - 1
"""No number of the contract is larger."""


def to_json(value: Any) -> str:
    """The JSON form of a value of the contract, such as an :class:`~logzio_soar.Incident` or a list of them, on one line.

    Of the JSON values in it, the order of keys and the text of numbers are kept.
    """
    return _written(None, value)


def from_json(hint: type[T], text: str | bytes) -> T:
    """A value of the contract from its JSON form, such as ``from_json(Incident, line)``.

    Raises ``ValueError`` with the place of what does not fit.
    """
    if isinstance(text, bytes):
        text = text.decode()
    return typing.cast(T, read(hint, text, "value"))


def read(hint: Any, text: str, place: str) -> Any:
    """As :func:`from_json`, of a value whose place is named in errors."""
    return _whole(text, place, lambda reader, at: reader.value(hint, at, place))


def read_fields(hints: dict[str, Any], text: str, place: str) -> dict[str, Any]:
    """The members of an object, each of a type of its own: the arguments of a function."""
    found: dict[str, Any] = _whole(text, place, lambda reader, at: reader.fields(hints, at, place))
    return found


def members(text: str, place: str) -> dict[str, str]:
    """The members of an object of any form, as texts."""
    found: dict[str, str] = _whole(text, place, lambda reader, at: reader.members(at, place))
    return found


def _whole(text: str, place: str, read: Callable[[_Reader, int], tuple[Any, int]]) -> Any:
    reader = _Reader(text)
    value, end = read(reader, reader.space(0))
    if reader.space(end) != len(text):
        raise _wrong(place, "the text goes on where the value ends")
    return value


def absent(hint: Any) -> Any:
    """What stands for a value that was left out. Raises ``LookupError`` if it may not be left out."""
    if values.is_optional(hint):
        return None
    if hint is bool:
        return False
    if typing.get_origin(hint) in (list, dict):
        return typing.get_origin(hint)()
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return hint(**{member.attribute: absent(member.hint) for member in values.members(hint)})
    raise LookupError


def _written(hint: Any, value: Any) -> str:
    if value is None:
        return "null"
    if hint is not None and values.is_optional(hint):
        hint = values.required(hint)
    if hint is JsonText:
        return json_text.embedded(value)
    if isinstance(value, Enum):
        return json_text.encode(value.value)
    if isinstance(value, ContractError):
        return _case(value.case, values.error_payload(value))
    if isinstance(value, Case):
        return _case(value.case, value.value)
    if isinstance(value, dict):
        return _object((json_text.encode(getattr(key, "value", key)), _written(None, one)) for key, one in value.items())
    if isinstance(value, list):
        element = typing.get_args(hint)[0] if typing.get_origin(hint) is list else None
        return f"[{','.join(_written(element, one) for one in value)}]"
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = values.members(type(value))
        return _object((json_text.encode(one.name), _written(one.hint, getattr(value, one.attribute))) for one in members)
    return json_text.encode(value)


def _case(name: str, payload: Any) -> str:
    return f'{{"case":{json_text.encode(name)},"value":{_written(None, payload)}}}'


def _object(pairs: Iterable[tuple[str, str]]) -> str:
    return f"{{{','.join(f'{key}:{value}' for key, value in pairs)}}}"


class _Reader:
    """Reads values of a text. Each method takes where a value begins, and returns where it ends, too."""

    def __init__(self, text: str) -> None:
        self._text = text

    def space(self, at: int) -> int:
        """Where the next character that is no white space is."""
        match = _SPACE.match(self._text, at)
        return match.end() if match else at

    def value(self, hint: Any, at: int, place: str) -> tuple[Any, int]:
        """A value of a type."""
        if values.is_optional(hint):
            if self._text.startswith("null", at):
                return None, at + 4
            hint = values.required(hint)
        if hint is JsonText:
            _, end = self._any(at, place)
            return self._text[at:end], end
        origin, arguments = typing.get_origin(hint), typing.get_args(hint)
        if origin is list:
            return self._list(arguments[0], at, place)
        if origin is dict:
            return self._dict(arguments[0], arguments[1], at, place)
        if known := values.cases(hint):
            case, payload, end = self._case({name: values.payload_hint(one) for name, one in known.items()}, at, place)
            return known[case](payload), end
        if hint is ContractError:
            case, payload, end = self._case(_ERRORS, at, place)
            return values.error_of(case, payload), end
        if dataclasses.is_dataclass(hint) and isinstance(hint, type):
            members = values.members(hint)
            found, end = self.fields({member.name: member.hint for member in members}, at, place)
            return hint(**{member.attribute: found[member.name] for member in members}), end
        value, end = self._any(at, place)
        return _plain(str if hint is TimeText else hint, value, place), end

    def fields(self, hints: dict[str, Any], at: int, place: str) -> tuple[dict[str, Any], int]:
        """The members of an object, with what stands for those that are left out."""
        found: dict[str, Any] = {}

        def member(key: str, at: int) -> int:
            if key not in hints:
                raise _wrong(place, f'unknown field "{key[:60]}": the fields are {", ".join(hints) or "none"}')
            found[key], end = self.value(hints[key], at, f"{place}.{key}")
            return end

        end = self._object(at, place, member)
        for name, hint in hints.items():
            if name not in found:
                try:
                    found[name] = absent(hint)
                except LookupError:
                    raise _wrong(f"{place}.{name}", "it is missing: add it") from None
        return found, end

    def members(self, at: int, place: str) -> tuple[dict[str, str], int]:
        """The members of an object of any form, as texts."""
        found: dict[str, str] = {}

        def member(key: str, at: int) -> int:
            _, end = self._any(at, place)
            found[key] = self._text[at:end]
            return end

        return found, self._object(at, place, member)

    def _case(self, hints: dict[str, Any], at: int, place: str) -> tuple[str, Any, int]:
        """The case of a variant, and what it holds."""
        starts: dict[str, int] = {}

        def member(key: str, at: int) -> int:
            if key not in ("case", "value"):
                raise _wrong(place, f'unknown field "{key[:60]}": the fields are case, value')
            starts[key] = at
            return self._any(at, place)[1]

        end = self._object(at, place, member)
        case = self._any(starts["case"], place)[0] if "case" in starts else None
        if not isinstance(case, str) or case not in hints:
            raise _wrong(f"{place}.case", f"one of {_quoted(hints)} is expected")
        if "value" in starts:
            return case, self.value(hints[case], starts["value"], f"{place}.value")[0], end
        try:
            return case, absent(hints[case]), end
        except LookupError:
            raise _wrong(f"{place}.value", "it is missing: add it") from None

    def _list(self, hint: Any, at: int, place: str) -> tuple[list[Any], int]:
        found: list[Any] = []

        def element(at: int) -> int:
            value, end = self.value(hint, at, f"{place}[{len(found)}]")
            found.append(value)
            return end

        if not self._text.startswith("[", at):
            raise _wrong(place, "an array is expected")
        return found, self._sequence("]", at, place, element)

    def _dict(self, key_hint: Any, hint: Any, at: int, place: str) -> tuple[dict[Any, Any], int]:
        found: dict[Any, Any] = {}

        def member(key: str, at: int) -> int:
            read = _plain(key_hint, key, place)
            found[read], end = self.value(hint, at, f"{place}.{key[:60]}")
            return end

        return found, self._object(at, place, member)

    def _object(self, at: int, place: str, member: Callable[[str, int], int]) -> int:
        """Reads an object; ``member`` is given each key, and where its value begins."""
        keys: set[str] = set()

        def pair(at: int) -> int:
            key, end = self._any(at, place)
            colon = self.space(end)
            if not isinstance(key, str) or not self._text.startswith(":", colon):
                raise _wrong(place, "the text is no JSON")
            if key in keys:
                raise _wrong(place, f'the key "{key[:60]}" is there twice: keep one')
            keys.add(key)
            return member(key, self.space(colon + 1))

        if not self._text.startswith("{", at):
            raise _wrong(place, "an object is expected")
        return self._sequence("}", at, place, pair)

    def _sequence(self, closing: str, at: int, place: str, one: Callable[[int], int]) -> int:
        """Reads what stands between two brackets, separated by commas."""
        at = self.space(at + 1)
        if self._text.startswith(closing, at):
            return at + 1
        while True:
            at = self.space(one(at))
            if self._text.startswith(closing, at):
                return at + 1
            if not self._text.startswith(",", at):
                raise _wrong(place, "the text is no JSON")
            at = self.space(at + 1)

    def _any(self, at: int, place: str) -> tuple[Any, int]:
        """A JSON value of any kind."""
        try:
            return json_text.DECODER.raw_decode(self._text, at)
        except (ValueError, RecursionError):
            # Without the error's text, which can quote a token.
            raise _wrong(place, "the text is no JSON") from None


@dataclasses.dataclass(frozen=True)
class _ServerAnswer:
    """What ``types.error.server`` holds."""

    status: int
    message: str


_ERRORS: dict[str, Any] = dict.fromkeys(CONTRACT_ERRORS, str) | {RateLimited.case: int | None, ServerError.case: _ServerAnswer}
"""What the cases of ``types.error`` hold."""


def _plain(hint: Any, value: Any, place: str) -> Any:
    if isinstance(hint, type) and issubclass(hint, Enum):
        known = [one.value for one in hint]
        if value not in known:
            raise _wrong(place, f"one of {_quoted(known)} is expected")
        return hint(value)
    # A boolean is a number to Python.
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise _wrong(place, {int: f"a number from 0 to {_LARGEST}", bool: "true or false"}.get(hint, "a string") + " is expected")
    if hint is int and not 0 <= value <= _LARGEST:
        raise _wrong(place, f"a number from 0 to {_LARGEST} is expected")
    return value


def _quoted(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _wrong(place: str, what: str) -> ValueError:
    """An error that names a place, and quotes no value: it may be a token."""
    return ValueError(f"{place}: {what}")
