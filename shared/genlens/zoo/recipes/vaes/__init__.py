"""How the small VAEs were trained."""
