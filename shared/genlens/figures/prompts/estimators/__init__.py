"""What estimators say of words, side by side, and what words do in pairs."""
