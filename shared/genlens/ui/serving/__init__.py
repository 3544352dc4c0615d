"""What a public server needs around the pages: what visitors may read, load and use up."""
