"""JSON texts as Python values. Knows nothing of the contract."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

_MOST_DIGITS = 4_300
"""The most digits of a whole number that Python reads, unless it is told otherwise."""


def value(text: str) -> Any:
    """The value of a JSON text; the text itself if it is no JSON, or nested too deeply to be read.

    A number that Python cannot hold, such as ``1e400``, is its text, so that the value can be written as JSON again.
    """
    try:
        return decode(text)
    except (ValueError, RecursionError):
        return text


def decode(text: str) -> Any:
    """The value of a JSON text. Raises ``ValueError`` if it is none."""
    return DECODER.decode(text)


def embedded(text: str) -> str:
    """A JSON text for use inside of another, on one line; a string with the text if it is no JSON."""
    try:
        decode(text)
    except (ValueError, RecursionError):
        return encode(text)
    # A string holds no bare line break, so these stand between values.
    return text.strip(" \t\r\n").replace("\r", " ").replace("\n", " ")


def encode(plain: Any) -> str:
    """The text of a string, a number, a boolean or nothing."""
    return json.dumps(plain, ensure_ascii=False, allow_nan=False)


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _MOST_DIGITS else digits


def _fraction(digits: str) -> float | str:
    number = float(digits)
    return number if math.isfinite(number) else digits


def _constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


DECODER = json.JSONDecoder(parse_int=_whole, parse_float=_fraction, parse_constant=_constant)
"""Reads JSON as its standard has it: no ``NaN``, no ``Infinity``."""
