"""An app of ``spaces/`` served on a free port, for tests that talk to it."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import anyio

from ports import own_port

ROOT = Path(__file__).resolve().parents[2]
EMBEDDED = ("emoji-diffusion", "emoji-clip", "emoji-sam")


def missing_weights() -> list[str]:
    """Embedded models whose weights are not in the checkout."""
    from genlens.models.catalog import weights_folder

    return [m for m in EMBEDDED if not any(weights_folder(m).glob("**/*.safetensors"))]


def load_app(app: str, name: str) -> ModuleType:
    """``spaces/<app>/app.py`` as a module called ``name`` (which must be new)."""
    assert name not in sys.modules
    spec = importlib.util.spec_from_file_location(name, ROOT / "spaces" / app / "app.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@contextmanager
def served(app: str, name: str) -> Iterator[str]:
    """The address of the running app, without a slash at its end."""
    from genlens.ui.theme import launch_options

    # Served files are opened by it. It is imported on first use, and pytest rewrites it then; two
    # threads that do so at once break CPython 3.11 ("AST constructor recursion depth mismatch").
    assert anyio.open_file
    module = load_app(app, name)
    demo, options = module.demo, launch_options(**getattr(module, "OPTIONS", {}))
    _, address, _ = demo.launch(
        prevent_thread_lock=True, quiet=True, server_port=own_port(), **options
    )
    try:
        yield address.rstrip("/")
    finally:
        demo.close(verbose=False)
        del sys.modules[name]
