"""Rows in, files that appear whole or not at all out, and back: the tables that the rules exchange."""
