"""Lossless text: parse, positions by line, edits by splice."""
