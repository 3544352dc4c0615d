"""Pictures of what the latents' explainers return."""
