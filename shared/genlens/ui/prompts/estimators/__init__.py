"""The tab that compares estimators, and their endpoint."""
