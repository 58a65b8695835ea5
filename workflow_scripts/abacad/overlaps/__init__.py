"""Raw cadences in, the pairs that share background out, and what is left without it."""
