"""TensorFlow's wire formats, as far as SavedModels and checkpoints need them: protobuf, LevelDB tables, tensor bundles.

No library reads these without TensorFlow itself. What is malformed raises `Damaged`, which whoever opened the file turns
into a Finding or an ArchiveError; nothing here recurses, follows a path out of its folder, or allocates by a declared size.
"""
