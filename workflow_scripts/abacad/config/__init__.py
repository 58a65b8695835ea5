"""config.yaml and its overlays in, checked settings of every run out. The Snakefile reads these."""
