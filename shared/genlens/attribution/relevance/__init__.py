"""How LRP sees a network: the operations that it ran, and how relevance goes back through each."""
