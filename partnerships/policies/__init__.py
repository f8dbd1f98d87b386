"""Pure rules: values in, verdict out. No ORM, no clock, no settings."""
