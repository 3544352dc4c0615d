"""Every exception genlens raises on purpose.

A message names the value that was wrong, the limit it broke and what to do next; pages
show it as a toast, the CLI prints it and exits with 2, endpoints return it as text.
"""

from __future__ import annotations


class GenlensError(Exception):
    """Base of all deliberate errors: catch this to catch whatever genlens refuses."""


class InputError(GenlensError, ValueError):
    """What the caller passed cannot be used (empty prompt, too many words, wrong shape)."""


class ModelError(GenlensError):
    """A model cannot be found, verified, loaded or run."""


class DownloadError(ModelError):
    """A download failed or its content does not match the pinned sha256."""


class Cancelled(GenlensError):
    """The caller asked a running explanation to stop; nothing was kept half done."""
