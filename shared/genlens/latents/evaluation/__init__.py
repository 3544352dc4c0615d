"""How often explanations of autoencoders are right, measured on worlds with known truth."""
