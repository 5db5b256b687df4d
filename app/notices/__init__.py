"""Notices to people: from facts to letters, and from letters to messages."""
