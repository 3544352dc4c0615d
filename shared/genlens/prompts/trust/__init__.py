"""Can an explanation of a prompt be trusted? Noise, axioms and fidelity."""
