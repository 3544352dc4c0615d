"""The source paper's table, recomputed and measured again, beside a truth that is known."""
