import functools
import time


class GaveUp(Exception):
    pass


def retry(times=3, wait=0.1, on=(Exception,), sleep=time.sleep):
    def decorate(function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            failures = 0
            while True:
                try:
                    return function(*args, **kwargs)
                except on as error:
                    failures += 1
                    if failures == times:
                        message = f"{function.__name__} failed {times} times"
                        raise GaveUp(message) from error
                    sleep(wait * 2 ** (failures - 1))

        return wrapper

    return decorate
