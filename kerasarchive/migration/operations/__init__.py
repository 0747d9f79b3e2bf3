"""What migrations are made of: each operation is immutable data that changes one object or one model."""
