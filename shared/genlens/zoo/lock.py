"""``zoo/weights.lock``: the weights files that ship, each with its content hash.

``python -m genlens.zoo.lock`` writes the file anew after a model was exported; a test compares it
with what is tracked, so that no weights change unnoticed. One ``[[file]]`` table a file, sorted by
path::

    path     relative to zoo/weights
    sha256   of the content
    bytes    at most 15 MiB: larger weights are sharded
    date     the day this content was first written into the lock (year-month-day)
    recipe   the module that trained it
"""

from __future__ import annotations

import argparse
import datetime
import json
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

from genlens.errors import ModelError
from genlens.models.weights import sha256_of

LOCK = Path(__file__).with_name("weights.lock")
WEIGHTS = Path(__file__).with_name("weights")
MAX_BYTES = 15 * 2**20
# Model folder -> the recipe that trained what is in it; a part with a recipe of its own goes first.
RECIPES = {
    "emoji-diffusion/vae": "scenes.autoencoder",
    "emoji-diffusion": "scenes.few_steps",
    "emoji-clip": "scenes.companions",
    "emoji-sam": "scenes.companions",
    "emoji-referee": "scenes.referee",
    "digits-vae": "vaes.digits",
    "digits-cvae": "vaes.digits",
    "avatars-vae": "vaes.avatars",
    "maritime-vae": "vaes.maritime",
    "zeros-vae": "anchors.zeros",
    "avatars-no-glasses-vae": "anchors.no_glasses",
    "avatars-parts": "steering.parts",
    "autos-introvae": "anchors.autos",
    "avatars-gan": "steering.avatars_gan",
    "avatars-attributes": "steering.attributes",
    "smile-plain": "steering.smile",
    "smile-planted": "steering.smile",
}


@dataclass(frozen=True)
class LockedFile:
    """One weights file; the fields are explained at the top of this module."""

    path: str
    sha256: str
    bytes: int
    date: str
    recipe: str


def read_lock(path: Path = LOCK) -> list[LockedFile]:
    """What the lock file lists; nothing if there is no such file."""
    if not path.is_file():
        return []
    return [
        LockedFile(**entry)
        for entry in tomllib.loads(path.read_text(encoding="utf-8")).get("file", ())
    ]


def measure(
    weights: Path = WEIGHTS, known: list[LockedFile] | None = None, today: str = ""
) -> list[LockedFile]:
    """The lock of the safetensors below ``weights``. A file whose content ``known`` lists keeps its
    date and recipe; others get ``today`` (default: this day).

    Raises:
        ModelError: a file is over 15 MiB, or no recipe is listed for its folder.
    """
    before = {(entry.path, entry.sha256): entry for entry in known or ()}
    today = today or datetime.date.today().isoformat()
    entries = []
    for file in sorted(weights.rglob("*.safetensors")):
        path, size = file.relative_to(weights).as_posix(), file.stat().st_size
        if size > MAX_BYTES:
            raise ModelError(
                f"{path} has {size / 2**20:.1f} MiB; the limit is {MAX_BYTES / 2**20:g}: shard it "
                '(diffusers: save_pretrained(folder, max_shard_size="10MB"))'
            )
        sha256 = sha256_of(file)
        kept = before.get((path, sha256))
        entries.append(kept or LockedFile(path, sha256, size, today, _recipe(path)))
    return entries


def write_lock(files: list[LockedFile], path: Path = LOCK) -> None:
    """Write ``files`` as TOML."""
    tables = [
        "\n".join(["[[file]]", *(f"{k} = {json.dumps(v)}" for k, v in asdict(file).items())])
        for file in files
    ]
    head = "# Written by `python -m genlens.zoo.lock`: do not edit.\n\n"
    path.write_text(head + "\n\n".join(tables) + "\n", encoding="utf-8")


def _recipe(path: str) -> str:
    for folder, recipe in RECIPES.items():
        if path.startswith(f"{folder}/"):
            return f"genlens.zoo.recipes.{recipe}"
    raise ModelError(f"no recipe is known for {path}: add its folder to RECIPES in zoo/lock.py")


def main() -> None:
    """Write the lock of the weights in this checkout and say what changed."""
    argparse.ArgumentParser(description=main.__doc__).parse_args()
    known = read_lock()
    files = measure(known=known)
    write_lock(files)
    new, gone = set(files) - set(known), set(known) - set(files)
    for file in sorted(new, key=lambda entry: entry.path):
        print(f"new: {file.path}, {file.bytes:,} bytes")
    for file in sorted(gone, key=lambda entry: entry.path):
        print(f"gone: {file.path} {file.sha256[:12]}")
    print(f"{LOCK}: {len(files)} files, {sum(file.bytes for file in files):,} bytes")


if __name__ == "__main__":
    main()
