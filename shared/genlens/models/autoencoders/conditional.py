"""A conditional VAE as a family of plain autoencoders, one for each label."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch.nn import functional as F

from genlens.models.autoencoders.conv_vae import ConvVAE
from genlens.models.autoencoders.module import ModuleAutoencoder
from genlens.models.contracts import ModelCard, Posterior


class ConditionalAutoencoder(ModuleAutoencoder):
    """A conditional VAE (Sohn et al. 2015): for each label an autoencoder, with shared weights.

    As an ``Autoencoder`` it stands at one ``label``; :meth:`given` gives it at another. Each is an
    ordinary chain of layers (the label is a constant shift of two biases), so that every explainer
    works on it unchanged.

    Args:
        net: a :class:`ConvVAE` with classes; it is frozen.
        label: 0 to classes - 1.

    Raises:
        InputError: ``net`` has no classes, or no such label.
    """

    def __init__(
        self,
        net: ConvVAE,
        *,
        label: int = 0,
        card: ModelCard | None = None,
        device: str | None = None,
    ) -> None:
        plain = net.given(label)
        super().__init__(
            plain.encoder,
            plain.decoder,
            image_shape=plain.image_shape,
            latent_shape=(plain.latents,),
            card=card,
            device=device,
            split=True,
        )
        self.net = net.to(self.device).eval().requires_grad_(False)
        self.label, self.labels = int(label), tuple(range(net.classes))
        self.card = replace(self.card, settings={**self.card.settings, "label": self.label})

    @property
    def class_module(self) -> ConvVAE:
        """The network for all labels, which ``class_logits`` runs through."""
        return self.net

    def given(self, label: int) -> ConditionalAutoencoder:
        """The same model at another label.

        Raises:
            InputError: no such label.
        """
        return ConditionalAutoencoder(
            self.net, label=label, card=self.card, device=str(self.device)
        )

    def class_logits(self, images: torch.Tensor) -> torch.Tensor:
        """(n, classes): how well each label explains each image, in nats; differentiable.

        The evidence lower bound log p(x | z, y) - KL(q(z | x, y) || p(z)) (Kingma and Welling
        2014, eq. 3, Bernoulli pixels) at the posterior's mean instead of a sample. A softmax over
        it is about p(y | x) under equally likely labels: the model is its own classifier.

        Raises:
            InputError: not a float tensor of the model's image shape.
        """
        images = self._checked(images, self.image_shape, "images")
        scores = []
        for label in self.labels:
            y = torch.full((len(images),), label, device=self.device)
            mean, logvar = self.net.encode(images, y)
            logits = self.net.decode_logits(mean, y)
            miss = F.binary_cross_entropy_with_logits(logits, images, reduction="none")
            kl = Posterior(mean, logvar).kl().sum(1)
            scores.append(-miss.flatten(1).sum(1) - kl)
        return torch.stack(scores, dim=1)
