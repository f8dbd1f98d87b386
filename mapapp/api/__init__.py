"""API v1: read-only JSON over the same search as the pages."""
