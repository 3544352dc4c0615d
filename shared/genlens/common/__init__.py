"""What every floor uses: progress, checks, records, hooks, coalitions, superpixels."""
