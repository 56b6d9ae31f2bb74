"""The wire agreement, held against its schemas, the official library and itself."""
