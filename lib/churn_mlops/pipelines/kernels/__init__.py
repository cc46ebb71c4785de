"""Kernels that are ready before they are needed: fresh for each stage, their imports done, started ahead."""
