"""What is done to faces to put a claim to the test."""
