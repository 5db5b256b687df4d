"""What `app.pipeline` hands on beside the trunk, a module a noun.

Each function takes the pipeline, a session and the caller, calls the domains' services one after the other, and
ends with `pipeline.told`. No rules here, and no commit.
"""
