"""From a file to a plan: what each row would do. Nothing here writes; services/imports.py does."""
