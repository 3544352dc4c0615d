"""The tab that opens the model: its layers, its words rewritten, its features."""
