"""Reads a release's own source, with `ast` alone, into the JSON Schema of what that release accepts."""
