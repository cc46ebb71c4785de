"""Versions from one archive into another: exported with what is on record about them, imported as candidates."""
