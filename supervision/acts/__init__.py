"""The register of notices, interviews, special inspections and accountability proposals (R17)."""
