"""Raw panels in, stores of cleaned panels out, shard by shard."""
