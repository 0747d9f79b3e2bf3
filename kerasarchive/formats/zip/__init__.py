"""The zip container, read strictly and written deterministically."""
