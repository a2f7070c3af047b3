LIGHTS = ["green", "yellow", "red", "red-yellow"]


def check(light):
    if light not in LIGHTS:
        raise ValueError(f"unknown light: {light}")


def after(light, steps=1):
    check(light)
    return LIGHTS[(LIGHTS.index(light) + steps) % len(LIGHTS)]


def may_go(light):
    check(light)
    return light == "green"
