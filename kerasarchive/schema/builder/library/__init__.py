"""Reads the source of a library built on Keras, beside a Keras, into what its classes take, write and are called.

The library's functions are not run: a small interpreter of their syntax trees follows what is known and leaves open
what is not. Three questions are put to it: under which name does a decorator register a class, what does a class's
`get_config` write, and does rebuilding an object from a given value end in an error whichever way it goes.
"""
