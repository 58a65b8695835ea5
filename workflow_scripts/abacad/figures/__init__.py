"""Tables, stores and histories in, figures (PNG and SVG) of one style out."""
