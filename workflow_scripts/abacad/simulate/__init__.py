"""Settings and backgrounds in, cadences whose truth is known out."""
