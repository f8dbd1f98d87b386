"""The registry of health partnerships: what is true, who may see it, what may change."""
