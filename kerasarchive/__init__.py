"""Static inspection, validation, audit and migration of Keras model archives."""
