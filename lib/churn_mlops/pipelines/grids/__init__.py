"""Several settings, a run each: what they are, how they share stages and cores, and their comparison."""
