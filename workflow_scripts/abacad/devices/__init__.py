"""Numbers of GPUs and processes in, leased devices and ordered results out: where a job computes."""
