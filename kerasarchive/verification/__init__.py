"""Does the new archive compute what the old one computed? Asked of real Keras, in child processes, and only on demand."""
