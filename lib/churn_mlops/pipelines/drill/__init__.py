"""The drill: what went wrong once, played in a temporary archive, to see whether the product's own checks tell."""
