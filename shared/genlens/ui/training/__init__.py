"""The tab that trains a model on the visitor's pictures."""
