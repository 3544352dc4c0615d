"""What gives a picture a score: see ``models/contracts/assessors.py``."""
