def count_ones(number):
    return bin(number).count("1")
