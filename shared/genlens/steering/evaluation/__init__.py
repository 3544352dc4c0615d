"""How often what the steering room says is right, measured where the truth is known."""
