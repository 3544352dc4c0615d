"""The tab that finds an uploaded picture again in a generator."""
