"""The only part that changes a host: files, then the engine, and both back when something is not as intended."""
