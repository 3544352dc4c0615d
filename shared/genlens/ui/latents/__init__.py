"""The VAE explorer's page."""
