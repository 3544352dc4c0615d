"""The tab that shows where the model looks, step by step."""
