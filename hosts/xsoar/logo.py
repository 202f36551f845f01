"""Draws the picture that XSOAR's layout asks for, so that no binary file has to be kept: python logo.py FILE."""

from __future__ import annotations

import struct
import sys
import zlib
from pathlib import Path

WIDTH, HEIGHT = 120, 50
GREEN, DARK = (47, 125, 109), (28, 46, 56)
SAMPLES = 4


def is_inside(x: float, y: float) -> tuple[int, int, int] | None:
    """The colour at a point: four bars of a histogram on a line, and a lens beside them."""
    for number, height in enumerate((12, 20, 9, 28)):
        left = 18 + 13 * number
        if left <= x < left + 9 and 42 - height <= y < 42:
            return GREEN
    if 16 <= x < 104 and 43 <= y < 45:
        return DARK
    distance = ((x - 86) ** 2 + (y - 21) ** 2) ** 0.5
    if 11 <= distance < 14.5:
        return DARK
    # The handle runs down to the right from the ring.
    along, across = ((x - 86) + (y - 21)) / 2**0.5, ((x - 86) - (y - 21)) / 2**0.5
    return DARK if 14 <= along < 25 and abs(across) < 2 else None


def pixel(column: int, row: int) -> bytes:
    """A pixel with an alpha from the samples in it that are covered."""
    found = [
        is_inside(column + (i + 0.5) / SAMPLES, row + (j + 0.5) / SAMPLES) for i in range(SAMPLES) for j in range(SAMPLES)
    ]
    covered = [colour for colour in found if colour]
    if not covered:
        return bytes(4)
    mean = [sum(colour[channel] for colour in covered) // len(covered) for channel in range(3)]
    return bytes([*mean, 255 * len(covered) // len(found)])


def png() -> bytes:
    rows = b"".join(b"\0" + b"".join(pixel(column, row) for column in range(WIDTH)) for row in range(HEIGHT))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", WIDTH, HEIGHT, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 9)) + chunk(b"IEND", b"")


if __name__ == "__main__":
    Path(sys.argv[1]).write_bytes(png())
