"""Pack finished models into a few files small enough to carry, and unpack them again.

``python -m genlens.zoo.recipes.scenes.pack FOLDER MODELS`` puts the models back together from
their parts, each checked by its sha256.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import tarfile
from pathlib import Path

from genlens.errors import ModelError

PART = 15 * 2**20
MOST = 8
LIST = "parts.json"


def pack(models: Path, out: Path) -> list[Path]:
    """Write ``models`` (a folder of models) as parts ``zoo.tar.0`` ... of at most 15 MiB each, and
    the list of them."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for file in sorted(p for p in models.rglob("*") if p.is_file()):
            archive.add(file, str(file.relative_to(models)))
    data = buffer.getvalue()
    pieces = [data[i : i + PART] for i in range(0, len(data), PART)]
    if len(pieces) + 1 > MOST:
        raise ModelError(f"the models take {len(data) / 2**20:.0f} MiB: more than {MOST} files")
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("zoo.tar.*"):
        old.unlink()
    written, listed = [], {}
    for i, piece in enumerate(pieces):
        part = out / f"zoo.tar.{i}"
        part.write_bytes(piece)
        listed[part.name] = hashlib.sha256(piece).hexdigest()
        written.append(part)
    (out / LIST).write_text(json.dumps(listed, indent=1) + "\n", encoding="utf-8")
    return [*written, out / LIST]


def unpack(folder: Path, models: Path) -> None:
    """Put the models back together."""
    data = b""
    if not (folder / LIST).is_file():
        raise ModelError(f"{folder} holds no {LIST}: name the folder of the packed files")
    for name, wanted in json.loads((folder / LIST).read_text(encoding="utf-8")).items():
        piece = (folder / name).read_bytes()
        if hashlib.sha256(piece).hexdigest() != wanted:
            raise ModelError(f"{name} is damaged: its sha256 is not the one in {LIST}")
        data += piece
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        archive.extractall(models, filter="data")


if __name__ == "__main__":
    unpack(Path(sys.argv[1]), Path(sys.argv[2]))
