"""Settings, rows and stores in, weights, histories and predictions out."""
