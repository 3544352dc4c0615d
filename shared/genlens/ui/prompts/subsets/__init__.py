"""The tab that compares objects and words, all subsets of both, and pictures of one's own."""
