"""From files to a network that can be trusted: which files, whether they fit, how to convert."""
