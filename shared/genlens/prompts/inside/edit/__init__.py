"""Words rewritten in closed form: what cross-attention makes of them, and nothing else."""
