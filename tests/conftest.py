"""Fixtures every test folder shares: tiny models in the shipped formats, built once a session."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

# The tests never leave this machine: what needs a hub talks to one on the loopback address.
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
os.environ.setdefault("HF_HUB_DISABLE_XET", "1")
# Idle OpenMP threads sleep instead of spinning: a browser, a server and torch share two cores here,
# and spinning made torch up to ten times slower (measured; it must be set before torch loads).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Of several processes (pytest -n 2) each takes one core: two that share two cores with two threads
# each are slower than one after the other.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OMP_NUM_THREADS", "1")

# So that any test can say ``import tiny_models``, whatever pytest's import mode.
sys.path.insert(0, str(Path(__file__).parent / "helpers"))


@pytest.fixture(scope="session")
def tiny_pipeline_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random ``StableDiffusionPipeline`` folder: 32 px, word-level tokens. Not to be written."""
    import tiny_models

    return tiny_models.build_pipeline(tmp_path_factory.mktemp("models") / "pipeline")


@pytest.fixture(scope="session")
def tiny_clip_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a random open_clip model with a word-level tokenizer. Not to be written."""
    import tiny_models

    return tiny_models.build_clip_folder(tmp_path_factory.mktemp("models") / "clip")


@pytest.fixture(scope="session")
def tiny_sam_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a random ``Sam`` at 64 px. Not to be written."""
    import tiny_models

    return tiny_models.build_sam_folder(tmp_path_factory.mktemp("models") / "sam")
