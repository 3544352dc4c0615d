"""The anchor browser: one folder a tab."""
