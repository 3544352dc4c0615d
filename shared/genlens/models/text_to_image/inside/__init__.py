"""A diffusers pipeline opened: its cross-attention read, exchanged, rewritten and tapped by hooks."""
