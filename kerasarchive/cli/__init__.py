"""The command line. One command a file, each thin over the function of the same name in `kerasarchive`."""
