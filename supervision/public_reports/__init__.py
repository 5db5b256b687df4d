"""Reports of the public and their rewards (body §3(七), annex 2 art. 5(四))."""
