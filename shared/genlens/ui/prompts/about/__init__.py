"""What the prompt page says of its methods, and how far they can be trusted."""
