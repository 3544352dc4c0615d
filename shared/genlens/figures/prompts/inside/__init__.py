"""Pictures of the model's inside: layers, edited words, features."""
