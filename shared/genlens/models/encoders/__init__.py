"""Adapters that fulfil ImageTextEncoder."""
