def delays(attempts, base=0.5, factor=2, cap=None):
    if attempts < 0:
        raise ValueError("attempts must not be negative")
    result = [base * factor**i for i in range(attempts)]
    if cap is not None:
        result = [min(delay, cap) for delay in result]
    return result
