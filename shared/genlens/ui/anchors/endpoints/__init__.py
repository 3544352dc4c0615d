"""What the anchor browser computes, for programs."""
