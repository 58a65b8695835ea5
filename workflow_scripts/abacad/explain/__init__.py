"""Detectors and cadences in, maps of what the detectors look at out."""
