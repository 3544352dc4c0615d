"""The tab "How true?"."""
