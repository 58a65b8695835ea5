"""Panels in, hits and statistics of straight and winding lines that ON panels alone show out; no training."""
