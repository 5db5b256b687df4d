"""Papers that one person drafts and another issues: briefs, reports, notices, bulletins."""
