"""The shape of every tensor in a model, from its config alone."""
