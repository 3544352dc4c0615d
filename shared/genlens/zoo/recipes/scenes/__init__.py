"""The scene models of the next generation: pictures of 128 pixels that fill their canvas."""
