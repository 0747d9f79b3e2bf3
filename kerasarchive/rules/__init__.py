"""One audit rule a file: a docstring, a ``check`` and a ``RULE`` with examples."""
