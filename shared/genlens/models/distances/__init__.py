"""How far two pictures, or two sets of pictures, are apart."""
