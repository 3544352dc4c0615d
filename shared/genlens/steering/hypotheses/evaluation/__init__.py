"""How often verdicts are right, measured on classifiers of which it is known what they learned."""
