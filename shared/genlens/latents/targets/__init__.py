"""What is explained: one number of an autoencoder, as a differentiable function.

A target reads images or latents and gives one number for each. Explainers know nothing else of
the model, so that they serve any ``Autoencoder``, and later a GAN's latents, unchanged. Your own::

    Target("brightness", "latent", "pixel value", lambda z: decode(z).mean(dim=(1, 2, 3)))

One module a number: the function that makes the ``Target``, and the ``TargetKind`` by which pages
and the command line ask for it. ``questions.CHOICES`` lists the kinds.
"""

from genlens.latents.targets.build import decode_flat, flat_means
from genlens.latents.targets.classes import class_score
from genlens.latents.targets.elbo import elbo_latent
from genlens.latents.targets.errors import code_error, reconstruction_error
from genlens.latents.targets.latent import latent_mean
from genlens.latents.targets.regions import decoded_region, rebuilt_region

__all__ = [
    "class_score",
    "code_error",
    "decode_flat",
    "decoded_region",
    "elbo_latent",
    "flat_means",
    "latent_mean",
    "rebuilt_region",
    "reconstruction_error",
]
