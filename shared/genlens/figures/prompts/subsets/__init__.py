"""Pictures of objects against words, all subsets of both."""
