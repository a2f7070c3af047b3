"""A run over several processes under Ray: samplers that are asked chunks, and learners' ranks.

    --scale.samplers 6 --scale.learners 2 [--scale.address ray://HOST:10001]

    driver: tasks, verdicts, advantages, checkpoints' commits, the run's folder
      -> samplers: requests in, rollouts out; each fetches the weights that its chunk names
      -> learners: the batch in, gradients summed over the ranks, weights out

A rollout is a function of its request and its weights. A sampler that dies is made again and its
chunk is asked again. A learner's rank that dies takes all ranks with it, and the run goes back to
its checkpoint. All other processes end with the driver's.
"""
