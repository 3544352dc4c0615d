"""Files that are called weights and are something else: a web page, a Git-LFS pointer."""

from __future__ import annotations

from pathlib import Path

from genlens.errors import ModelError

_POINTER = b"version https://git-lfs"
_BEGIN = 512


def refuse_stranger(path: Path) -> None:
    """Nothing, where ``path`` may be weights.

    Raises:
        ModelError: it is a web page that was saved under their name ("invalid load key, '<'"), or
            the small file that Git leaves where Git-LFS is not installed; with what to do.
    """
    what = f"{path.parent.name}/{path.name}"
    try:
        with path.open("rb") as stream:
            start = stream.read(_BEGIN)
    except OSError:  # whoever reads it will say so
        return
    if start.startswith(_POINTER):
        raise ModelError(
            f"{what} is a Git-LFS pointer, not the weights themselves: run `git lfs install` and "
            "`git lfs pull` in that repository, or download the file from its page"
        )
    if start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise ModelError(
            f"{what} is a web page, not weights: the address that it was downloaded from gave a "
            "page (to log in, to confirm, or an error). Open the address in a browser, and save "
            "the file that the page's button downloads"
        )
