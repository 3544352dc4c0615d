"""The tab that puts an explanation to the test: axioms, fidelity, noise."""
