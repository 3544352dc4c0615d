"""Check the front matter of a Space's README, before the Hub does it with a failed build."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from genlens.errors import InputError

COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
PYTHON_VERSION = "3.12"
_KNOWN_KEYS = frozenset(
    {"title", "emoji", "colorFrom", "colorTo", "sdk", "sdk_version", "python_version", "app_file"}
    | {"license", "fullWidth", "header", "short_description", "models", "datasets", "tags"}
    | {"thumbnail", "pinned", "suggested_hardware", "hf_oauth", "disable_embedding"}
    | {"preload_from_hub"}
)
_VERSION = re.compile(r"\d+\.\d+\.\d+")


def read_front_matter(path: Path) -> dict[str, Any]:
    """The YAML between the first two ``---`` lines of a README, as a dictionary.

    Raises:
        InputError: there is none, or it is no YAML mapping.
    """
    # Imported here: it brings in the whole client, and only this command needs it.
    from huggingface_hub.repocard import metadata_load
    from yaml import YAMLError

    try:
        values = metadata_load(path)
    except (YAMLError, ValueError) as error:
        raise InputError(f"{path}: the front matter is not a YAML mapping: {error}") from error
    if not values:
        raise InputError(f"{path} has no front matter: it has to start with a block between '---'.")
    return values


def check_card(path: Path, gradio_range: str) -> tuple[str, ...]:
    """Check everything a gradio 6 Space needs to say about itself.

    Args:
        path: the Space's README.md, beside its ``app_file``.
        gradio_range: the versions this project is tested with, such as ">=6.28,<7".

    Returns:
        Remarks on what is legal but worth a look, such as an ``sdk_version`` that is not the one
        installed here.

    Raises:
        InputError: names every key that is missing or wrong, and what it should be.
    """
    card = read_front_matter(path)
    faults = [
        *_text_faults(card),
        *_platform_faults(card, path),
        *_version_faults(card, gradio_range),
    ]
    if faults:
        raise InputError(f"{path}: " + "; ".join(faults) + ".")
    return tuple(_remarks(card))


def _text_faults(card: dict[str, Any]) -> list[str]:
    faults = []
    for key in ("title", "license", "emoji"):
        if not isinstance(card.get(key), str) or not card[key].strip():
            faults.append(f"{key} is missing or empty")
    emoji = card.get("emoji")
    if isinstance(emoji, str) and (emoji.isascii() or len(emoji) > 8):
        faults.append(f"emoji has to be one emoji, not {emoji!r}")
    for key in ("colorFrom", "colorTo"):
        if card.get(key) not in COLOURS:
            faults.append(f"{key} is {card.get(key)!r}, which is none of {', '.join(COLOURS)}")
    return faults


def _platform_faults(card: dict[str, Any], path: Path) -> list[str]:
    faults = []
    if card.get("sdk") != "gradio":
        faults.append(f"sdk is {card.get('sdk')!r} and has to be gradio")
    if card.get("python_version") != PYTHON_VERSION:
        # Without quotes YAML reads a number, and 3.10 would become 3.1.
        faults.append(
            f"python_version is {card.get('python_version')!r} and has to be "
            f'"{PYTHON_VERSION}", with the quotes'
        )
    app_file = card.get("app_file")
    if app_file != "app.py" or not (path.parent / "app.py").is_file():
        faults.append(f"app_file is {app_file!r} and has to be app.py, beside the README")
    return faults


def _version_faults(card: dict[str, Any], gradio_range: str) -> list[str]:
    from packaging.specifiers import SpecifierSet

    version = card.get("sdk_version")
    if not isinstance(version, str) or not _VERSION.fullmatch(version):
        return [f"sdk_version is {version!r} and has to be a full version such as 6.31.0"]
    if version not in SpecifierSet(gradio_range):
        return [f"sdk_version is {version}, outside the tested gradio range {gradio_range}"]
    return []


def _remarks(card: dict[str, Any]) -> list[str]:
    from importlib.metadata import version

    remarks = []
    if (installed := version("gradio")) != card["sdk_version"]:
        remarks.append(f"sdk_version is {card['sdk_version']}, but {installed} is what runs here")
    if unknown := sorted(set(card) - _KNOWN_KEYS):
        remarks.append(f"front matter keys nobody reads: {', '.join(unknown)}")
    return remarks
