"""Which cross-attention layers carry what of a prompt: the text is exchanged in some of them."""
