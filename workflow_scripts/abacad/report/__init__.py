"""Scores, histories and, where it is known, the truth in, tables and figures out."""
