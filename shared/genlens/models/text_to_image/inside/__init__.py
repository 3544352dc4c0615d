"""A diffusers pipeline opened: its cross-attention read, exchanged, rewritten, tapped by hooks."""
