"""Tables people bring as CSV or XLSX, read whole or not at all, with the row named that is wrong."""
