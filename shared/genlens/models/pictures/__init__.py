"""Pictures that users bring, and pictures cut out of pictures."""
