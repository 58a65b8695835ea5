"""config.yaml and what is laid over it in, checked settings of every run out: what the Snakefile reads."""
