"""Labelled scenes and real records for judging the detector; the service never imports this package."""
