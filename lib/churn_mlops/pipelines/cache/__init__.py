"""Re-running only what changed: what a stage depends on, its key, and the version that has its result already."""
