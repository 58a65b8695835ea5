"""A trained ensemble in, one folder that scores new sky out, and back."""
