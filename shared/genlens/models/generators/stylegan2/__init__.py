"""StyleGAN2 (Karras et al. 2020): the network, its adapter, and an encoder that guesses codes."""
