"""Which files a page reads and hands out: those that lie in its upload folder, and no others.

Gradio checks the path that a request names only where it launched the page itself; a page mounted
into another server checks nothing. It also follows links, and fetches addresses for whoever asks.
So a page checks by itself, twice: what comes in (``check_files``) and what goes out
(``OnlyUploads``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from genlens.errors import InputError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

_ROUTE = "/gradio_api/file"
"""Followed by "=" or "/" and the path: how gradio hands out files."""


def is_upload(path: Any) -> bool:
    """Whether ``path`` is a file below the upload folder once all links are followed."""
    from gradio.utils import get_upload_folder

    if not isinstance(path, (str, Path)) or "\0" in str(path):
        return False
    try:
        found, folder = Path(path).resolve(), Path(get_upload_folder()).resolve()
        return found.is_relative_to(folder) and found.is_file()
    except (OSError, RuntimeError):  # too long a name, a circle of links
        return False


def check_files(inputs: Any) -> None:
    """Refuse an event whose inputs name, however deep, a file that nobody uploaded.

    Args:
        inputs: what the request holds, as decoded from JSON.

    Raises:
        InputError: an address, a folder or another file. The message is the same for all, and does
            not say whether there is such a file.
    """
    unseen = [inputs]
    while unseen:
        value = unseen.pop()
        if isinstance(value, dict):
            if value.get("path") is not None and not is_upload(value["path"]):
                raise InputError(
                    "a file was named that was not uploaded to this page: upload it first "
                    "(in Python, gradio_client.handle_file does so for a file on your disk)"
                )
            unseen.extend(value.values())
        elif isinstance(value, (list, tuple)):
            unseen.extend(value)


class OnlyUploads:
    """ASGI middleware: hands out files of the upload folder, and fetches no addresses."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403 to a path that is not an upload, else pass the request on."""
        from starlette.responses import PlainTextResponse

        if scope["type"] == "http":
            _, route, name = scope["path"].partition(_ROUTE)
            if route and name[:1] in ("=", "/") and not is_upload(name[1:]):
                await PlainTextResponse("not a file of this page", 403)(scope, receive, send)
                return
        await self.app(scope, receive, send)
