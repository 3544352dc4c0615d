"""Figures of the steering room: scores, faces, mixes, curves."""
