"""Raw files in, checked panels, manifests and stores out."""
