"""Predictions, hits and stores in, a page of candidates to look at out; and verdicts in, labels out."""
