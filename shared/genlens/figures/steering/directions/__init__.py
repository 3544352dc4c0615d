"""What a direction does, as pictures: strip, curve, leakage, sheet."""
