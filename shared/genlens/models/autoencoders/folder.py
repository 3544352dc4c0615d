"""Folders of genlens' own VAEs: a ``config.json`` beside a ``model.safetensors``."""

from __future__ import annotations

from pathlib import Path

from genlens.models import weights
from genlens.models.autoencoders.conditional import ConditionalAutoencoder
from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.models.autoencoders.mlp_vae import MlpVAE
from genlens.models.autoencoders.module import ModuleAutoencoder
from genlens.models.autoencoders.small_vae import SmallVAE
from genlens.models.cards import card_of
from genlens.models.contracts import ModelCard


def load_folder(
    folder: Path, card: ModelCard | None = None, *, device: str | None = None
) -> ModuleAutoencoder:
    """The :class:`ConvVAE` or :class:`MlpVAE` of a folder behind the contract; one with classes
    becomes a ``ConditionalAutoencoder``.

    ``card.settings`` gets what the config says about the data ("data", "labels", ...).

    Raises:
        ModelError: a file is missing, damaged or pickled, or weights and config do not fit.
    """
    config = weights.read_json(folder / "config.json")
    kind: type[SmallVAE] = MlpVAE if config.get("model_type") == MlpVAE.model_type else ConvVAE
    net, notes = kind.read(folder)
    about = {k: v for k, v in config.items() if k not in net.config and k != "model_type"}
    card = card_of(folder, card, contract="Autoencoder", defaults=about, notes=notes)
    if isinstance(net, ConvVAE) and net.classes:
        return ConditionalAutoencoder(net, card=card, device=device)
    return ModuleAutoencoder.of(net, card=card, device=device)
