"""Anchors as pictures: the scatter, film strips, cards, tables."""
