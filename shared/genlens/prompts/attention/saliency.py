"""Gradient saliency of a payoff on the latent: which places of the latent a score hangs on.

With z the picture's latent in the model's own autoencoder, x = decode(z) and e, t CLIP's embeddings
of pictures and texts:

    S_j(p) = sum_c | d cos(e(decode(z)), t(text_j)) / d z_cp |

(Simonyan et al. 2014, arXiv:1312.6034, equation 3, on a latent instead of pixels). The payoff is
CLIP of picture against text: that of picture against picture is at its greatest at the picture
itself, where its gradient is zero.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import numpy as np
import torch

from genlens.common.records import UNWRITTEN, MadeBy, Record, seconds_since
from genlens.errors import ModelError
from genlens.models.contracts import Autoencoding, ImageTextEncoder, TextToImage
from genlens.prompts.checks import bare_word
from genlens.prompts.drawings import to_tensor


@dataclass(frozen=True)
class LatentSaliency(Record):
    """``texts`` are the prompt and then its words; ``maps`` (len(texts), h', w') at least 0: change
    of the cosine for a change of the latent by 1, summed over channels; ``cosines`` are the values
    that are differentiated, between -1 and 1."""

    texts: tuple[str, ...]
    maps: np.ndarray = field(metadata=UNWRITTEN)
    cosines: np.ndarray
    made_by: MadeBy = field(default_factory=MadeBy)


def latent_saliency(
    model: TextToImage, encoder: ImageTextEncoder, prompt: str, image: np.ndarray
) -> LatentSaliency:
    """Saliency of the prompt and of each of its words on the latent of ``image``.

    Args:
        model: whose autoencoder is used.
        encoder: whose cosine is the payoff; it has to be differentiable.
        prompt: whitespace words.
        image: (h, w, 3) uint8, such as ``explanation.image``.

    Raises:
        ModelError: the model has no autoencoder of its own, or the encoder has no gradient.
    """
    started = time.perf_counter()
    if not isinstance(model, Autoencoding):
        raise ModelError(
            f"{model.card.id} has no autoencoder that genlens knows of: there is no latent"
        )
    autoencoder = model.autoencoder()
    with torch.no_grad():
        latent = autoencoder.encode(to_tensor(image[None])).mean
    texts = (prompt, *map(bare_word, prompt.split()))
    wanted = encoder.embed_texts(list(texts))
    latent = latent.detach().requires_grad_(True)
    with torch.enable_grad():
        seen = encoder.embed_images(autoencoder.decode(latent).clamp(0, 1))
        cosines = (seen @ wanted.to(seen).T)[0]  # (texts,)
        if not cosines.requires_grad:
            raise ModelError(
                f"{encoder.card.id} or the autoencoder of {model.card.id} passes no gradient on: "
                "saliency needs one"
            )
        maps = []
        for i in range(len(texts)):
            (gradient,) = torch.autograd.grad(cosines[i], latent, retain_graph=True)
            maps.append(gradient[0].abs().sum(0).cpu().double().numpy())
    return LatentSaliency(
        texts=texts,
        maps=np.stack(maps),
        cosines=cosines.detach().cpu().double().numpy(),
        made_by=model.card.made_by(
            model.device,
            settings={"encoder": encoder.card.id, "encoder_revision": encoder.card.revision},
            model_calls=1,
            seconds=seconds_since(started),
        ),
    )
