"""Inversion: the styles from which a generator draws a given picture (S2, "Methods")::

found = project(generator, picture)      # error first: compare it with found.usual
if not found.foreign:
    sources = torch.cat([torch.from_numpy(found.styles)[None], others])
"""
