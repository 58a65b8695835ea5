"""Rows in, tables that the rules exchange out, and back. Files appear whole or not at all."""
