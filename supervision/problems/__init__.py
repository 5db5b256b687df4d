"""The problem list 问题清单 (body §3(五), §4(三)): found, pushed, corrected, checked, cleared, each problem once."""
