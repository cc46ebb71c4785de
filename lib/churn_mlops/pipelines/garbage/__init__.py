"""Freeing what no kept run needs: what `--keep` means, what would go, and its going."""
