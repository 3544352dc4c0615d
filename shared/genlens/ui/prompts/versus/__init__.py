"""The tab that compares two prompts."""
