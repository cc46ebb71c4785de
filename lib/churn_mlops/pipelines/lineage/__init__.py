"""The lineage of a run as a tree for a terminal, and as OpenLineage events for a catalogue."""
