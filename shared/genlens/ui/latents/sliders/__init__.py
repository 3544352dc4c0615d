"""The tab of latent sliders and walks."""
