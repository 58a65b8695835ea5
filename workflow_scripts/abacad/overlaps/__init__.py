"""Raw cadences in, the pairs that share background and what is left without that background out."""
