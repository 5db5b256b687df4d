"""The papers of the consultation (body §3(五), §4(三)): what they say, and the drafts they become."""
