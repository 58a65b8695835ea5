"""Settings of needles in, their properties and the times when they are visible out."""
