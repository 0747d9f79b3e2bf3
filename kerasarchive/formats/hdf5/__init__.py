"""HDF5 as Keras writes it, read without following anything out of the file."""
