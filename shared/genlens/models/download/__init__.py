"""From a name to files on this machine: the hub, archives, and records of what was fetched."""
