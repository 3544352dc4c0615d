"""Models that draw pictures from noise."""
