def best_sum(dice, keep):
    return sum(sorted(dice, reverse=True)[:keep])
