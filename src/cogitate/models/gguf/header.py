"""The header of a GGUF file (ggml docs/gguf.md): its metadata, and where its tensors are.

The gguf package reads one array element at a time, which takes seconds for a vocabulary.
"""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from cogitate.errors import ModelError

if TYPE_CHECKING:
    from gguf import GGMLQuantizationType

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_ALIGNMENT = 32
_NUMBERS = ("B", "b", "H", "h", "I", "i", "f", "?", "", "", "Q", "q", "d")
"""Codes of `struct` by the number of a value's type; 8 is a string and 9 an array."""
_STRING, _ARRAY = 8, 9
_PLAIN = {"F32": np.float32, "F16": np.float16, "F64": np.float64}
"""Types whose data has one number an element; others are bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A tensor in the file, mapped into memory."""

    name: str
    tensor_type: "GGMLQuantizationType"
    shape: tuple[int, ...]
    """Rows last, as GGUF has it."""
    data: NDArray[Any]
    """Numbers, or the bytes of each row's blocks [..., bytes]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The metadata and tensors of a file."""

    fields: dict[str, Any]
    tensors: list[Stored]
    is_swapped: bool
    """Whether the file has the other byte order; then nothing of it is read."""


def read(path: Path) -> Header:
    """Read a header; tensors are mapped, not read.

    Raises:
        ValueError, struct.error: it is not a GGUF file, or a part is missing.
        OSError: it cannot be read.
        ModelError: a tensor has an unknown type.
    """
    data = np.asarray(np.memmap(path, mode="r"))
    cursor = _Cursor(data)
    if data[:4].tobytes() != _MAGIC:
        raise ValueError("it does not begin with 'GGUF'")
    (version,) = cursor.skip(4).numbers("I", 1)
    if version & 0xFFFF == 0:
        return Header(fields={}, tensors=[], is_swapped=True)
    if version not in _VERSIONS:
        raise ValueError(f"version {version} is not supported")
    num_tensors, num_fields = cursor.numbers("Q", 2)
    fields = dict(_once(cursor.field for _ in range(num_fields)))
    infos = dict(_once(cursor.tensor for _ in range(num_tensors)))
    alignment = fields.get("general.alignment", _ALIGNMENT)
    if not isinstance(alignment, int) or alignment < 1 or alignment & (alignment - 1):
        raise ValueError(f"general.alignment is {alignment}, not a power of two")
    start = -(-cursor.place // alignment) * alignment
    tensors = [_stored(data, name, start, *info) for name, info in infos.items()]
    return Header(fields=fields, tensors=tensors, is_swapped=False)


def unsupported(name: str, kind: str) -> ModelError:
    """Return the error for a tensor of a type that cannot be read."""
    return ModelError(
        f"{name} in this GGUF has type {kind}, which is not supported: take a file of another"
        " quantisation of this model, such as Q4_K_M, Q8_0 or F16"
    )


def _once(read_each: Iterator[Callable[[], tuple[str, Any]]]) -> Iterator[tuple[str, Any]]:
    seen = set[str]()
    for read_one in read_each:
        name, value = read_one()
        if name in seen:
            raise ValueError(f"it has '{name}' twice")
        seen.add(name)
        yield name, value


def _stored(
    data: NDArray[Any], name: str, start: int, shape: tuple[int, ...], number: int, offset: int
) -> Stored:
    from gguf import GGML_QUANT_SIZES, GGMLQuantizationType
    from gguf.quants import quant_shape_to_byte_shape

    if number not in {kind.value for kind in GGML_QUANT_SIZES}:
        raise unsupported(name, str(number))
    kind = GGMLQuantizationType(number)
    block, num_bytes = GGML_QUANT_SIZES[kind]
    count = int(np.prod(shape, dtype=np.int64))
    begin, end = start + offset, start + offset + count * num_bytes // block
    if end > len(data):
        raise ValueError(f"the data of {name} is cut off")
    own, rows = data[begin:end], tuple(reversed(shape))
    if kind.name in _PLAIN:
        own = own.view(_PLAIN[kind.name]).reshape(rows)
    else:
        own = own.reshape(quant_shape_to_byte_shape(rows, kind))
    return Stored(name=name, tensor_type=kind, shape=shape, data=own)


class _Cursor:
    """Reads values one after the other."""

    def __init__(self, data: NDArray[Any]) -> None:
        self._data, self.place = memoryview(cast("Any", data)), 0

    def skip(self, num_bytes: int) -> "_Cursor":
        self.place += num_bytes
        return self

    def numbers(self, code: str, count: int) -> tuple[Any, ...]:
        """Return `count` numbers of one type."""
        form = f"<{count}{code}"
        size = struct.calcsize(form)
        if self.place + size > len(self._data):
            raise ValueError("its header is cut off")
        found = struct.unpack_from(form, self._data, self.place)
        self.place += size
        return found

    def string(self) -> str:
        (size,) = self.numbers("Q", 1)
        end = self.place + size
        if end > len(self._data):
            raise ValueError("its header is cut off")
        text = str(self._data[self.place : end], "utf-8")
        self.place = end
        return text

    def _strings(self, count: int) -> list[str]:
        """Return `count` strings: those of a vocabulary, in a third of the time of `string`."""
        data, place, texts = self._data, self.place, list[str]()
        read_size, last = struct.Struct("<Q").unpack_from, len(self._data) - 8
        for _ in range(count):
            if place > last:
                raise ValueError("its header is cut off")
            begin = place + 8
            place = begin + read_size(data, place)[0]
            texts.append(str(data[begin:place], "utf-8"))
        if place > len(data):
            raise ValueError("its header is cut off")
        self.place = place
        return texts

    def field(self) -> tuple[str, Any]:
        name = self.string()
        (kind,) = self.numbers("I", 1)
        return name, self._value(kind)

    def tensor(self) -> tuple[str, tuple[tuple[int, ...], int, int]]:
        name = self.string()
        (dimensions,) = self.numbers("I", 1)
        shape = self.numbers("Q", dimensions)
        kind, offset = self.numbers("I", 1) + self.numbers("Q", 1)
        return name, (shape, kind, offset)

    def _value(self, kind: int) -> Any:
        if kind == _STRING:
            return self.string()
        if kind == _ARRAY:
            inner, count = self.numbers("I", 1) + self.numbers("Q", 1)
            if inner == _STRING:
                return self._strings(count)
            if inner == _ARRAY:
                return [self._value(inner) for _ in range(count)]
            return [*self.numbers(self._code(inner), count)]
        (value,) = self.numbers(self._code(kind), 1)
        return value

    @staticmethod
    def _code(kind: int) -> str:
        if kind >= len(_NUMBERS):
            raise ValueError(f"a value has the unknown type {kind}")
        return _NUMBERS[kind]
