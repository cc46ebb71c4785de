"""Where things live under `runs/`: versions, their files and digests, and the store that holds each file once."""
