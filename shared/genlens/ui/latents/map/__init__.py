"""The tab of the latent map."""
