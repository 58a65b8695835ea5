"""Settings of needles in, what they are and when they shine out."""
