"""Forms: they validate, and never save."""
