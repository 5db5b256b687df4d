"""The evidence pack 证据包: everything about one order in one file that proves itself without the service."""
