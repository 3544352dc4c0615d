"""Units: what channels of a generator's layers stand for, and what happens when they are switched.

Bau et al. 2019, *GAN Dissection* (arXiv:1811.10597), and its tool GANPaint::

    units = dissect(generator, "synthesis.b16.conv1", PartConcepts())
    hair = units.best("hair", 8)
    painted = paint(generator, style, units.layer, hair, region, on=False)
    effect = unit_effect(generator, units, "hair", hair, PartConcepts(), "ablate")
"""
