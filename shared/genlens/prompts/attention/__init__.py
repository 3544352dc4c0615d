"""Where a text-to-image model looks for each word of a prompt: cross-attention, step by step."""
