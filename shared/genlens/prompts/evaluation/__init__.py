"""How often explanations of prompts are right, measured on a world whose truth is known."""
