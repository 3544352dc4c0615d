"""Style mixing: pictures whose layers take styles from different sources (S2's explorer).

Kirchler et al. 2021, *Explainability Requires Interactivity* (arXiv:2109.07869)::

    generator = genlens.load("avatars-gan", contract="Generator")
    sources = random_styles(generator, 6, seed=0)
    groups = layer_groups(generator, 3)                     # coarse, middle, fine
    start = whole_sources(len(generator.layers), 6)[0]       # face 0 in all layers
    cells = replacements(start, groups, 6)                  # one group exchanged in each
    result = mix(generator, sources, cells, assessor)       # ordered by score
"""
