"""A telescope's files in, ranked events out."""
