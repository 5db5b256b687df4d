"""Papers people take away 报表: what stands on one is decided once, and written as a workbook or as pages."""
