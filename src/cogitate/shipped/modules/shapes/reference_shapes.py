import math


def check(*sizes):
    if min(sizes) <= 0:
        raise ValueError("sizes must be positive")


class Rectangle:
    def __init__(self, width, height):
        check(width, height)
        self.width = width
        self.height = height

    def area(self):
        return self.width * self.height

    def perimeter(self):
        return 2 * (self.width + self.height)

    def is_square(self):
        return self.width == self.height

    def __str__(self):
        return f"{self.width} x {self.height} rectangle"


class Circle:
    def __init__(self, radius):
        check(radius)
        self.radius = radius

    def area(self):
        return math.pi * self.radius**2

    def perimeter(self):
        return 2 * math.pi * self.radius

    def __str__(self):
        return f"circle of radius {self.radius}"


def total_area(shapes):
    return sum(shape.area() for shape in shapes)
