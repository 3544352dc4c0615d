"""All subsets of the objects of a picture against all sub-prompts."""
