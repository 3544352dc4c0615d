"""Is an anchor that PXGen calls representative one that the model needs? Train it again without.

PXGen (arXiv:2501.11827), section 4.4, with repeats, controls and VAE-TracIn as the baseline.
"""
