"""How the models of the steering room were trained."""
