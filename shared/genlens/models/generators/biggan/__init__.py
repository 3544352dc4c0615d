"""BigGAN-deep (Brock et al. 2019): the network, its files, its adapter."""
