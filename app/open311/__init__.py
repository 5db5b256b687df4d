"""Open311 GeoReport v2: other city systems send reports of the public here, and follow them."""
