"""What following a direction does: pictures, scores, what else changes, how far it carries."""
