"""Values that everything else speaks in. Standard library and `packaging` only; nothing here does I/O."""
