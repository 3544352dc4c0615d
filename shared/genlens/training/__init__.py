"""Training a small VAE on somebody's own pictures."""
