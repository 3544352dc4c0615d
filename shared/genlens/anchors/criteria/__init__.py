"""What an anchor is measured by: one criterion a module."""
