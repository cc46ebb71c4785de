"""The versions of the data in the archive: which there are, who uses them, what changed between two."""
