"""What a VAE has learned, and which pixels and latents decide it."""
