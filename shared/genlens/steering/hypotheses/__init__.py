"""Hypotheses about a classifier: claimed, encoded as an edit of faces, held or dropped (S2)."""
