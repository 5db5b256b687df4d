"""What anybody may read without signing in 公开: who answers for which grid, where to complain, the air by place."""
