"""The tab of examples, contrasts and rules."""
