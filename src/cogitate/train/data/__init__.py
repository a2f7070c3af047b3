"""Where batches come from: texts, worked solutions, the policy's own rollouts."""
