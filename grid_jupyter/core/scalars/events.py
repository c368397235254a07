"""The scalars in TensorBoard's event files, read as they are written.

An event file is a sequence of TFRecords (https://www.tensorflow.org/tutorials/load_data/tfrecord): the length of the
data in 8 bytes, a checksum of them in 4, the data, and a checksum of the data in 4, all little-endian. The checksum is
CRC-32C, rotated right by 15 bits, plus 0xa282ead8. The data is an ``Event`` in the wire format of Protocol Buffers
(https://protobuf.dev/programming-guides/encoding). Its fields are in TensorFlow's ``core/util/event.proto``, those of
what is in it in ``core/framework/summary.proto``, ``tensor.proto`` and ``tensor_shape.proto``.
"""

from __future__ import annotations

import math
import os
import struct
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, BinaryIO, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

LARGEST = 1 << 20
"""Bytes of the largest record that is looked into; a larger one holds an image, a sound or a graph."""

PIECE = 1000
"""About how many scalars are handed on together."""

_HEADER = 12
_CHECKSUM = 4

# A field's number and its wire type, as they stand in front of it.
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_WALL_TIME, _STEP, _SUMMARY = 1 << 3 | _FIXED64, 2 << 3 | _VARINT, 5 << 3 | _BYTES
_VALUE = 1 << 3 | _BYTES
_TAG, _SIMPLE, _TENSOR, _METADATA = 1 << 3 | _BYTES, 2 << 3 | _FIXED32, 8 << 3 | _BYTES, 9 << 3 | _BYTES
_PLUGIN = _PLUGIN_NAME = 1 << 3 | _BYTES
_DTYPE, _SHAPE, _CONTENT = 1 << 3 | _VARINT, 2 << 3 | _BYTES, 4 << 3 | _BYTES
_DIMENSION, _SIZE = 2 << 3 | _BYTES, 1 << 3 | _VARINT
# By a tensor's type: how its content is packed, and the fields that may hold its one value instead.
_FLOAT, _DOUBLE = 1, 2
_NUMBERS = {
    _FLOAT: ("<f", (_CONTENT, 5 << 3 | _BYTES, 5 << 3 | _FIXED32)),
    _DOUBLE: ("<d", (_CONTENT, 6 << 3 | _BYTES, 6 << 3 | _FIXED64)),
}


class Scalar(NamedTuple):
    """One value of a scalar; ``time`` is in UTC seconds."""

    tag: str
    step: int
    value: float
    time: float


def read_scalars(file: BinaryIO, offset: int = 0) -> Iterator[tuple[int, list[Scalar]]]:
    """Yield what stands behind ``offset``, piece by piece, each with the offset behind it.

    A record that is half written is left for the next time. One whose data is damaged is passed over; behind a damaged
    length no record can be found, and nothing more is read.
    """
    size = os.fstat(file.fileno()).st_size
    end, told, scalars = offset, offset, list[Scalar]()
    file.seek(offset)
    while (length := _length(file.read(_HEADER))) is not None:
        behind = end + _HEADER + length + _CHECKSUM
        if behind > size:
            break
        if length <= LARGEST:
            record = file.read(length + _CHECKSUM)
            if len(record) < length + _CHECKSUM:
                break  # it was cut off meanwhile
            scalars += _scalars(record[:length], record[length:])
        else:
            file.seek(behind)
        end = behind
        if len(scalars) >= PIECE:
            yield end, scalars
            told, scalars = end, []
    if end > told:
        yield end, scalars


@lru_cache  # most records have one of a few lengths
def _length(header: bytes) -> int | None:
    if len(header) < _HEADER or _masked(header[:8]) != header[8:]:
        return None
    return int.from_bytes(header[:8], "little")


def _scalars(data: bytes, checksum: bytes) -> list[Scalar]:
    """Return the scalars of one record; none if it is damaged. What has none is not checked, which takes time."""
    try:
        found = list(_scalars_of_event(memoryview(data)))
    except (ValueError, IndexError, struct.error):
        return []
    return found if found and _masked(data) == checksum else []


def _scalars_of_event(event: memoryview) -> Iterator[Scalar]:
    fields = dict(_fields(event))
    if _SUMMARY not in fields:
        return
    step = int(fields.get(_STEP, 0))
    step -= (step >> 63) << 64  # a negative one
    (time,) = struct.unpack("<d", fields.get(_WALL_TIME, bytes(8)))
    for key, value in _fields(fields[_SUMMARY]):
        if key == _VALUE and (scalar := _scalar(dict(_fields(value)))):
            yield Scalar(scalar[0], step, scalar[1], time)


def _scalar(value: dict[int, Any]) -> tuple[str, float] | None:
    """Return tag and number of a summary's value, if it is a scalar: of TensorFlow 1 and torch, or of TensorFlow 2."""
    number = None
    if _SIMPLE in value:
        number = _shortest(*struct.unpack("<f", value[_SIMPLE]))
    elif _TENSOR in value and _plugin(value.get(_METADATA)) in {b"", b"scalars"}:
        number = _only_number(dict(_fields(value[_TENSOR])))
    return None if number is None else (bytes(value.get(_TAG, b"")).decode(errors="replace"), number)


def _plugin(metadata: memoryview | None) -> bytes:
    """Return for which of TensorBoard's plugins a value is; later values of a tag need not say it again."""
    plugin = dict(_fields(metadata)).get(_PLUGIN) if metadata else None
    return bytes(dict(_fields(plugin)).get(_PLUGIN_NAME, b"")) if plugin else b""


def _only_number(tensor: dict[int, Any]) -> float | None:
    """Return the number of a tensor of floats that has only one."""
    kind = int(tensor.get(_DTYPE, 0))
    sizes = [dict(_fields(each)).get(_SIZE, 0) for key, each in _fields(tensor.get(_SHAPE, b"")) if key == _DIMENSION]
    if kind not in _NUMBERS or any(size != 1 for size in sizes):
        return None
    form, places = _NUMBERS[kind]
    content = next((tensor[place] for place in places if place in tensor), None)
    if content is None or len(content) != struct.calcsize(form):
        return None
    (number,) = struct.unpack(form, content)
    return _shortest(number) if kind == _FLOAT else float(number)


def _shortest(number: float) -> float:
    """Return the shortest decimal that is the same number in 32 bits: 0.1, and not 0.10000000149011612."""
    if not math.isfinite(number):
        return number
    packed = struct.pack("<f", number)
    for digits in range(6, 9):
        short = float(f"{number:.{digits}g}")
        try:
            if struct.pack("<f", short) == packed:
                return short
        except OverflowError:  # rounded up beyond the largest
            continue
    return float(f"{number:.9g}")


def _fields(message: memoryview | bytes) -> Iterator[tuple[int, Any]]:
    """Yield the fields of a message: number and wire type as one key, and the content; of a varint, the integer.

    Raises:
        ValueError: It is no message.
        IndexError: It is cut off.
    """
    place, end = 0, len(message)
    while place < end:
        key, place = _varint(message, place)
        kind = key & 7
        if kind == _VARINT:
            number, place = _varint(message, place)
            yield key, number
            continue
        if kind == _BYTES:
            size, place = _varint(message, place)
        elif kind in {_FIXED64, _FIXED32}:
            size = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(kind)
        if place + size > end:
            raise IndexError(place)
        yield key, memoryview(message)[place : place + size]
        place += size


def _varint(message: memoryview | bytes, place: int) -> tuple[int, int]:
    number = shift = 0
    while shift < 70:
        byte = message[place]
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number & 0xFFFF_FFFF_FFFF_FFFF, place
        shift += 7
    raise ValueError(place)


def _masked(data: bytes) -> bytes:
    """Return the masked CRC-32C of data, as a TFRecord holds it."""
    table, crc = _crc_table(), 0xFFFF_FFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFF_FFFF
    return (((crc >> 15 | crc << 17) + 0xA282_EAD8) & 0xFFFF_FFFF).to_bytes(4, "little")


@cache
def _crc_table() -> list[int]:
    """Return the checksums of all bytes: Castagnoli's polynomial, reflected."""
    table = []
    for byte in range(256):
        crc = byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F6_3B78 if crc & 1 else 0)
        table.append(crc)
    return table
