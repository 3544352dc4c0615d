"""What a model makes of a prompt's writing: notation of other tools, other scripts, its end."""
